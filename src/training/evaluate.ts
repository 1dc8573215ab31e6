// How good the model that is served is, on faces that it never saw: every figure of the report, computed from its ONNX file.

import { emotionNames, type Emotion } from "../core/emotions.js";
import type { ModelPrecision } from "../core/engine.js";
import type { EmotionClassifier } from "../inference/emotion/classifier.js";
import type { EmotionManifest } from "../inference/emotion/manifest.js";
import { finishInput } from "../inference/emotion/preprocess.js";
import { priorShift, softmaxRows, type PriorSetting } from "../inference/emotion/probabilities.js";
import { fileAt } from "../inference/model-files.js";
import { bootstrapIntervals, type BootstrapIntervals } from "./bootstrap.js";
import { expectedCalibrationError, reliability, riskCoverage, type ReliabilityBin, type RiskCoverage } from "./calibration.js";
import { classCount, facePixels, faceSize, pick, type FaceSet } from "./data/face-set.js";
import { crossEntropy, figuresOf, type ClassFigures, type Confusion, type Figures } from "./metrics.js";
import type { Slice } from "./slices.js";

/** Share of the annotators that must agree on a face of the agreed subset. */
const agreedShare = 0.8;
const hardestPairs = 8;
/** Worse pictures are made of every k-th face, at most so many: the same faces for every row of the table. */
const sliceFaces = 1200;

export interface EvaluationSettings {
  readonly prior: PriorSetting;
  readonly equalize: boolean;
  /** Standard deviation of a Gaussian blur of the 48x48 face before it is classified; 0: none. */
  readonly blurSigma: number;
  /** Whether each face is also seen in a mirror, as in stills. */
  readonly mirror: boolean;
  readonly facesNotFound?: number;
  /** Leave out to skip them. */
  readonly slices?: readonly Slice[];
}

/** One setting's figures without the long lists. */
export interface ShortFigures {
  readonly accuracy: number;
  readonly accuracyAgreed: number;
  readonly top2: number;
  readonly meanRecall: number;
  readonly macroF1: number;
  readonly weightedF1: number;
  readonly ece: number;
}

export interface EvaluationReport extends ShortFigures {
  readonly model: { readonly name: string; readonly version: string; readonly sha256: string };
  readonly data: string;
  readonly settings: { readonly prior: PriorSetting; readonly temperature: number; readonly equalize: boolean; readonly blurSigma: number; readonly mirror: boolean; readonly precision: ModelPrecision };
  readonly faces: number;
  readonly facesAgreed: number;
  /** Pictures without a face that the detector found; they count in no other figure. */
  readonly facesNotFound: number;
  /** ECE at temperature 1. */
  readonly eceUncalibrated: number;
  /** Mean cross-entropy with the annotators' votes, and the entropy of the votes: no answer can have less. Nats. */
  readonly crossEntropy: number;
  readonly votesEntropy: number;
  readonly perClass: Readonly<Record<Emotion, ClassFigures>>;
  readonly labels: readonly Emotion[];
  readonly confusion: Confusion;
  readonly intervals: BootstrapIntervals;
  readonly reliability: readonly ReliabilityBin[];
  readonly riskCoverage: readonly RiskCoverage[];
  readonly hardest: readonly { readonly truth: Emotion; readonly answer: Emotion; readonly faces: number; readonly share: number }[];
  /** Faces that every slice was made of. */
  readonly sliceFaces: number;
  readonly slices: readonly { readonly name: string; readonly accuracy: number; readonly meanRecall: number }[];
}

/** Evaluates `classifier` on faces that are cut already. */
export async function evaluateFaces(classifier: EmotionClassifier, set: FaceSet, data: string, settings: EvaluationSettings, onProgress: (done: number, total: number) => void = () => {}): Promise<EvaluationReport> {
  const { manifest } = classifier;
  const wanted = settings.slices ?? [];
  const logits = await logitsOf(classifier, set, settings);
  onProgress(1, wanted.length + 1);
  const shift = shiftOf(classifier, settings.prior);
  const probabilities = softmaxRows(logits, classCount, manifest.temperature, shift);
  const figures = figuresOf(set.labels, probabilities, classCount);
  const bins = reliability(set.labels, probabilities, classCount);
  const measured: { name: string; accuracy: number; meanRecall: number }[] = [];
  const every = Math.ceil(set.count / sliceFaces);
  const some = pick(set, Array.from({ length: Math.ceil(set.count / every) }, (_, i) => i * every));
  for (const [i, slice] of wanted.entries()) {
    const { accuracy, meanRecall } = figuresOf(some.labels, softmaxRows(await logitsOf(classifier, some, settings, slice), classCount, manifest.temperature, shift), classCount);
    measured.push({ name: slice.name, accuracy, meanRecall });
    onProgress(i + 2, wanted.length + 1);
  }
  return {
    model: { name: manifest.name, version: manifest.modelVersion, sha256: fileAt(manifest, classifier.precision === "int8" ? "int8" : "fp32").sha256 },
    data,
    settings: { prior: settings.prior, temperature: manifest.temperature, equalize: settings.equalize, blurSigma: settings.blurSigma, mirror: settings.mirror, precision: classifier.precision },
    faces: set.count,
    facesAgreed: agreed(set).length,
    facesNotFound: settings.facesNotFound ?? 0,
    ...shortFigures(set, probabilities),
    eceUncalibrated: expectedCalibrationError(reliability(set.labels, softmaxRows(logits, classCount, 1, shift), classCount)),
    crossEntropy: crossEntropy(set.targets, probabilities, classCount),
    votesEntropy: crossEntropy(set.targets, set.targets, classCount),
    perClass: Object.fromEntries(emotionNames.map((name, k) => [name, figures.perClass[k]!])) as Record<Emotion, ClassFigures>,
    labels: emotionNames,
    confusion: figures.confusion,
    intervals: bootstrapIntervals(set.labels, probabilities, classCount),
    reliability: bins,
    riskCoverage: riskCoverage(set.labels, probabilities, classCount),
    hardest: hardestOf(figures),
    sliceFaces: wanted.length === 0 ? 0 : some.count,
    slices: measured,
  };
}

/** Figures of probabilities in the order of `emotionNames`. */
export function shortFigures(set: FaceSet, probabilities: Float64Array): ShortFigures {
  const { accuracy, top2, meanRecall, macroF1, weightedF1 } = figuresOf(set.labels, probabilities, classCount);
  const some = agreed(set);
  const rows = Float64Array.from(some.flatMap((i) => [...probabilities.subarray(i * classCount, (i + 1) * classCount)]));
  const accuracyAgreed = figuresOf(some.map((i) => set.labels[i]!), rows, classCount).accuracy;
  return { accuracy, accuracyAgreed, top2, meanRecall, macroF1, weightedF1, ece: expectedCalibrationError(reliability(set.labels, probabilities, classCount)) };
}

/** Logits of a set in the order of `emotionNames`, whatever order the model has. */
export async function logitsOf(classifier: EmotionClassifier, set: FaceSet, { equalize, blurSigma, mirror }: Pick<EvaluationSettings, "equalize" | "blurSigma" | "mirror">, slice?: Slice): Promise<Float32Array> {
  return orderedLogits(classifier, await inputsOf(set, { ...classifier.manifest.input, equalize, blurSigma }, slice), set.count, mirror);
}

/** What `classifier.logits` says, in the order of `emotionNames`. */
export async function orderedLogits(classifier: EmotionClassifier, inputs: Float32Array, count: number, mirror?: boolean): Promise<Float32Array> {
  const own = await classifier.logits(inputs, count, mirror);
  const ordered = new Float32Array(own.length);
  for (const [from, name] of classifier.manifest.labels.entries()) {
    const to = emotionNames.indexOf(name);
    for (let i = 0; i < count; i++) ordered[i * classCount + to] = own[i * classCount + from]!;
  }
  return ordered;
}

/** The faces of a set as inputs of a net, one after another. */
export async function inputsOf(set: FaceSet, rule: EmotionManifest["input"], slice?: Slice): Promise<Float32Array> {
  const inputs = new Float32Array(set.count * facePixels);
  for (let i = 0; i < set.count; i++) {
    const face = Float32Array.from(set.pixels.subarray(i * facePixels, (i + 1) * facePixels));
    const changed = slice === undefined ? face : (await slice.change(face)).slice();
    finishInput(changed, { ...rule, size: faceSize });
    inputs.set(changed, i * facePixels);
  }
  return inputs;
}

/** The prior's shift in the order of `emotionNames`. A list as the prior is in that order too. */
export function shiftOf({ manifest }: EmotionClassifier, prior: PriorSetting): number[] {
  const training = emotionNames.map((name) => manifest.prior.training[manifest.labels.indexOf(name)]!);
  return priorShift(prior, training);
}

/** The faces on which the annotators agree. */
export function agreedFaces(set: FaceSet): FaceSet {
  return pick(set, agreed(set));
}

function agreed(set: FaceSet): number[] {
  const indices: number[] = [];
  // Shares are stored as 32-bit floats: 0.8 is a little more there.
  for (let i = 0; i < set.count; i++) if (set.agreement[i]! >= agreedShare - 1e-6) indices.push(i);
  return indices;
}

function hardestOf({ confusion, perClass }: Figures): EvaluationReport["hardest"] {
  const pairs = confusion.flatMap((row, t) => row.map((faces, a) => ({ truth: emotionNames[t]!, answer: emotionNames[a]!, faces, share: perClass[t]!.support === 0 ? 0 : faces / perClass[t]!.support })));
  return pairs.filter((p) => p.truth !== p.answer && p.faces > 0).toSorted((a, b) => b.share - a.share || b.faces - a.faces).slice(0, hardestPairs);
}
