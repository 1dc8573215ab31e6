// The model card, written from the manifest and the evaluation, never by hand.

import { emotionNames } from "../../core/emotions.js";
import { percent } from "../../core/percent.js";
import type { EmotionManifest } from "../../inference/emotion/manifest.js";
import type { EvaluationReport } from "../evaluate.js";
import type { TrainingRecord } from "../training-record.js";
import { evaluationMarkdown, table } from "./markdown.js";

export interface ModelCardFacts {
  readonly manifest: EmotionManifest;
  /** As stills are looked at: plain and in a mirror. */
  readonly shipped: EvaluationReport;
  /** As films and live streams are. */
  readonly oneLook: EvaluationReport;
  readonly asTrained: EvaluationReport;
  readonly training: TrainingRecord;
  readonly fileBytes: number;
}

/** The card as Markdown. */
export function modelCard({ manifest: m, shipped, oneLook, asTrained, training: t, fileBytes }: ModelCardFacts): string {
  const rows = (name: (r: EvaluationReport) => string) => [name(shipped), name(oneLook), name(asTrained)];
  return `# ${m.name} ${m.modelVersion}

<!-- Written by the export of a training run, or by evaluate emotion --card, from its evaluation. Do not edit. -->

A convolutional network that names the expression of one face: ${m.labels.join(", ")}. ${m.training.parameters.toLocaleString("en")} parameters,
${m.training.megaMultiplications} million multiplications a face, ${(fileBytes / 1e6).toFixed(1)} MB. Input: one grey face of ${m.input.size}x${m.input.size}, aligned by five points; output: logits.

## What it is for, and what not

It says which of seven expressions people would most likely see in a face. It knows nothing of what somebody feels: the labels are
majority votes of annotators on what a face looks like. Meant for research on faces, interactive art, accessibility and user studies
with the consent of those who are seen. Not for decisions about people. In the European Union, systems that infer emotions at
work or in education are prohibited (AI Act, Article 5(1)(f)), and whoever runs one elsewhere must tell the people exposed to it (Article 50(3)).

## How good it is

On ${shipped.data}, which took no part in training or in choosing anything:

${table(["figure", `stills, as shipped (tau ${m.prior.tau})`, "films and live streams", "stills, as trained"], [
  ["accuracy", ...rows((r) => percent(r.accuracy))],
  ["accuracy where annotators agree", ...rows((r) => percent(r.accuracyAgreed))],
  ["mean recall", ...rows((r) => percent(r.meanRecall))],
  ["macro F1", ...rows((r) => r.macroF1.toFixed(3))],
  ["calibration error", ...rows((r) => r.ece.toFixed(3))],
])}
In stills each face is seen plain and in a mirror (the mean of both logits), in films and live streams once, as their frames follow one another (\`analysis.mirror\` changes that). As shipped, ${m.prior.tau} times the logarithm of each emotion's share in the training data is taken off its logit, since those data
say neutral far more often than most places do: the tau that costs at most one point of accuracy on the fold. The temperature
(${m.temperature.toFixed(3)}) is fitted on the fold, after that. Below a top probability of ${m.uncertainBelow} a face is called uncertain: above, nine of ten answers were right on the fold.

## Training

${m.training.data}. ${t.duplicates.withinTrain} training faces repeat another one (whole groups stay together), ${t.duplicates.leftOut} were left out since the report set
holds the same photo (${t.duplicates.inReport} of its faces had such a twin). Votes of one annotator alone are dropped; faces mostly seen as contempt, unknown or
no face are left out; the targets are the distributions of the other votes.

${table(["emotion", "training faces"], emotionNames.map((name, k) => [name, String(t.balance[k])]))}
${t.epochsPlanned} epochs planned, ${m.training.epochs} done, batches of ${t.batchSize}, seed ${m.training.seed}; ${t.smallEpochs} of them on pictures of ${t.smallSize} pixels. AdamW, one-cycle rate
to ${t.peakRate}, exponential average of the weights, mixup ${t.mixup}; command: \`${m.training.command}\`. Time in steps: ${t.minutes} minutes.

![Loss and accuracy by epoch](curves.png)

${evaluationMarkdown(shipped, 2)}
![Reliability, and answers kept by threshold](evaluation.png)

## Limits

- Posed and web faces, cut tightly, mostly frontal; ages, skin tones and cultures as the web of 2013 had them, unevenly and unlabelled: no figure here says how it differs between groups of people. Measure on your own material before you rely on it.
- Disgust and fear are rare in the data: see their recall and their intervals above.
- Annotators themselves disagree: the votes' own entropy above is what no answer can beat.
- An expression is not a feeling, and a face at rest is not neutral to everybody.
${t.notes.map((n) => `\n## Note found beside the data\n\n${n.trim()}\n`).join("")}`;
}
