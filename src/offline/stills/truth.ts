// Predictions beside the truth: accuracy and a confusion matrix. Pure.

import { emotionNames, type Emotion } from "../../core/emotions.js";
import { percent } from "../../core/percent.js";

/** One picture: what it shows, and the label of its largest face; no prediction where no face was found. */
export interface TruthPair {
  readonly truth: Emotion;
  readonly predicted?: Emotion;
}

export interface Comparison {
  readonly pictures: number;
  /** Pictures in which a face was found. */
  readonly withFace: number;
  readonly correct: number;
  /** `correct / pictures`: a face that was not found counts as wrong. 0 without pictures. */
  readonly accuracy: number;
  /** `correct / withFace`. 0 without faces. */
  readonly accuracyOfFaces: number;
  /** Rows: truth, columns: predicted, both in the order of the feed; the last column counts pictures without a face. */
  readonly confusion: readonly (readonly number[])[];
}

/** Counts predictions by truth. */
export function compareWithTruth(pairs: readonly TruthPair[]): Comparison {
  const confusion = emotionNames.map(() => Array.from({ length: emotionNames.length + 1 }, () => 0));
  let [withFace, correct] = [0, 0];
  for (const { truth, predicted } of pairs) {
    const row = confusion[emotionNames.indexOf(truth)] ?? [];
    const column = predicted === undefined ? emotionNames.length : emotionNames.indexOf(predicted);
    row[column] = (row[column] ?? 0) + 1;
    if (predicted !== undefined) withFace += 1;
    if (predicted === truth) correct += 1;
  }
  return {
    pictures: pairs.length,
    withFace,
    correct,
    accuracy: pairs.length === 0 ? 0 : correct / pairs.length,
    accuracyOfFaces: withFace === 0 ? 0 : correct / withFace,
    confusion,
  };
}

/** The comparison as text. Ends with a line end. */
export function comparisonTable(comparison: Comparison): string {
  const { pictures, withFace, correct } = comparison;
  const heads = ["truth \\ predicted", ...emotionNames, "no face"];
  const rows = emotionNames.map((name, i) => [name, ...(comparison.confusion[i] ?? []).map(String)]);
  const widths = heads.map((h, i) => Math.max(h.length, ...rows.map((r) => (r[i] ?? "").length)));
  const line = (cells: readonly string[]) => cells.map((c, i) => (i === 0 ? c.padEnd(widths[i] ?? 0) : c.padStart(widths[i] ?? 0))).join("  ");
  const facts = [`correct: ${correct} of ${pictures} pictures (${percent(comparison.accuracy)})`, `faces found in ${withFace}; of these correct: ${percent(comparison.accuracyOfFaces)}`];
  return `${[...facts, "", line(heads), ...rows.map(line)].join("\n")}\n`;
}
