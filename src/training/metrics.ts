// Figures of a classifier from its probabilities: pure, no I/O. Rows are faces, columns classes.

/** Rows: truth, columns: answer. */
export type Confusion = readonly (readonly number[])[];

export interface ClassFigures {
  /** Faces of this class. */
  readonly support: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export interface Figures {
  readonly faces: number;
  readonly accuracy: number;
  /** Share of faces whose label is among the two most probable classes. */
  readonly top2: number;
  /** Mean of the recalls of the classes that are present. */
  readonly meanRecall: number;
  readonly macroF1: number;
  readonly weightedF1: number;
  readonly perClass: readonly ClassFigures[];
  readonly confusion: Confusion;
}

/** Index of the largest value of row `row`; the first of equals. */
export function argmaxRow(values: ArrayLike<number>, classes: number, row: number): number {
  let best = 0;
  for (let k = 1; k < classes; k++) if (values[row * classes + k]! > values[row * classes + best]!) best = k;
  return best;
}

/** Counts of truth (rows) by answer (columns). */
export function confusionOf(labels: ArrayLike<number>, probabilities: ArrayLike<number>, classes: number): Confusion {
  const counts = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]![argmaxRow(probabilities, classes, i)]!++;
  return counts;
}

/** Precision, recall and F1 of each class; 0 where nothing was answered or nothing is there. */
export function classFigures(confusion: Confusion): ClassFigures[] {
  return confusion.map((row, k) => {
    const support = sum(row);
    const answered = sum(confusion.map((r) => r[k]!));
    const hits = row[k]!;
    const precision = answered === 0 ? 0 : hits / answered;
    const recall = support === 0 ? 0 : hits / support;
    return { support, precision, recall, f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
  });
}

/** All figures of these answers. */
export function figuresOf(labels: ArrayLike<number>, probabilities: ArrayLike<number>, classes: number): Figures {
  const confusion = confusionOf(labels, probabilities, classes);
  const perClass = classFigures(confusion);
  const present = perClass.filter((c) => c.support > 0);
  const faces = labels.length;
  let second = 0;
  for (let i = 0; i < faces; i++) {
    const own = probabilities[i * classes + labels[i]!]!;
    let better = 0;
    for (let k = 0; k < classes; k++) if (probabilities[i * classes + k]! > own) better++;
    if (better < 2) second++;
  }
  const mean = (values: readonly number[]) => (values.length === 0 ? 0 : sum(values) / values.length);
  return {
    faces,
    accuracy: faces === 0 ? 0 : sum(confusion.map((r, k) => r[k]!)) / faces,
    top2: faces === 0 ? 0 : second / faces,
    meanRecall: mean(present.map((c) => c.recall)),
    macroF1: mean(present.map((c) => c.f1)),
    weightedF1: faces === 0 ? 0 : sum(perClass.map((c) => c.f1 * c.support)) / faces,
    perClass,
    confusion,
  };
}

/** Mean cross-entropy of the target distributions under the probabilities, in nats. */
export function crossEntropy(targets: ArrayLike<number>, probabilities: ArrayLike<number>, classes: number): number {
  let total = 0;
  for (let i = 0; i < targets.length; i++) if (targets[i]! > 0) total -= targets[i]! * Math.log(Math.max(1e-12, probabilities[i]!));
  return (total * classes) / targets.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
