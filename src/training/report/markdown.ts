// An evaluation as Markdown and as plots. Every number comes from the report.

import sharp from "sharp";
import { percent } from "../../core/percent.js";
import type { EvaluationReport } from "../evaluate.js";
import { linePlot, stack } from "./plot.js";

/** The report as Markdown, headings from level `level` on. */
export function evaluationMarkdown(r: EvaluationReport, level = 2): string {
  const h = (deeper: number, text: string) => `${"#".repeat(level + deeper)} ${text}\n`;
  return [
    h(0, `Evaluation on ${r.data}`),
    `${r.faces} faces, ${r.facesAgreed} of them with at least 80 % of the annotators agreeing${r.facesNotFound === 0 ? "" : `; ${r.facesNotFound} pictures without a face that was found`}. Prior: ${priorText(r)}; temperature ${r.settings.temperature.toFixed(3)}; equalised: ${r.settings.equalize ? "yes" : "no"}; blur: ${r.settings.blurSigma === 0 ? "none" : `${r.settings.blurSigma} px`}; each face seen ${r.settings.mirror ? "plain and in a mirror, as in stills" : "once, as in films and live streams"}; calculated with ${r.settings.precision}.\n`,
    table(["figure", "value", "95 % interval"], [
      ["accuracy", percent(r.accuracy), range(r.intervals.accuracy)],
      ["accuracy where annotators agree", percent(r.accuracyAgreed), ""],
      ["right label among the two most probable", percent(r.top2), ""],
      ["mean recall", percent(r.meanRecall), range(r.intervals.meanRecall)],
      ["macro F1", r.macroF1.toFixed(3), r.intervals.macroF1.map((v) => v.toFixed(3)).join(" to ")],
      ["weighted F1", r.weightedF1.toFixed(3), ""],
      ["calibration error (ECE, 15 bins), temperature 1", r.eceUncalibrated.toFixed(3), ""],
      ["calibration error (ECE, 15 bins), as shipped", r.ece.toFixed(3), ""],
      ["cross-entropy with the votes (their own entropy), nats", `${r.crossEntropy.toFixed(3)} (${r.votesEntropy.toFixed(3)})`, ""],
    ]),
    h(1, "By emotion"),
    table(["emotion", "faces", "precision", "recall", "F1"], r.labels.map((name) => {
      const c = r.perClass[name];
      return [name, String(c.support), percent(c.precision), percent(c.recall), c.f1.toFixed(3)];
    })),
    h(1, "Confusion (rows: majority label, columns: answer)"),
    table(["", ...r.labels], r.labels.map((name, t) => [name, ...r.confusion[t]!.map(String)])),
    h(1, "Most frequent mistakes"),
    table(["label", "answer", "faces", "share of the label's faces"], r.hardest.map((p) => [p.truth, p.answer, String(p.faces), percent(p.share)])),
    h(1, "How sure it must be"),
    table(["threshold", "faces with an answer", "right among them"], r.riskCoverage.filter((_, i) => i % 2 === 0).map((c) => [c.threshold.toFixed(2), percent(c.coverage), percent(c.accuracy)])),
    ...(r.slices.length === 0 ? [] : [h(1, "Worse pictures"), `${r.sliceFaces} of the faces, changed in one way at a time.\n`, table(["faces", "accuracy", "mean recall"], r.slices.map((s) => [s.name, percent(s.accuracy), percent(s.meanRecall)]))]),
  ].join("\n");
}

/** Reliability diagram and risk-coverage curve as PNG. */
export function evaluationPlots(r: EvaluationReport): Promise<Buffer> {
  const filled = r.reliability.filter((b) => b.faces > 0);
  const svg = stack([
    linePlot({
      title: `Reliability (ECE ${r.ece.toFixed(3)})`,
      x: "probability of the answer",
      range: [0, 1],
      lines: [
        { name: "share that is right", colour: "#2f6cb0", points: filled.map((b) => [b.confidence, b.accuracy]) },
        { name: "ideal", colour: "#999", dashed: true, points: [[0, 0], [1, 1]] },
      ],
    }),
    linePlot({
      title: "Answers kept and right by threshold",
      x: "threshold",
      range: [0, 1],
      lines: [
        { name: "right among them", colour: "#2f6cb0", points: r.riskCoverage.map((c) => [c.threshold, c.accuracy]) },
        { name: "faces with an answer", colour: "#b0632f", points: r.riskCoverage.map((c) => [c.threshold, c.coverage]) },
      ],
    }),
  ]);
  return sharp(Buffer.from(svg)).png().toBuffer();
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return `${[line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n")}\n`;
}

function priorText({ settings: { prior } }: EvaluationReport): string {
  if (prior === "training") return "as trained";
  return typeof prior === "number" ? `tau ${prior}` : "the user's own distribution";
}

function range([low, high]: readonly [number, number]): string {
  return `${percent(low)} to ${percent(high)}`;
}
