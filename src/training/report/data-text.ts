// What a run is about to train on, as text for a terminal.

import { emotionNames } from "../../core/emotions.js";
import { balance } from "../data/face-set.js";
import type { Split } from "../data/split.js";

/** Faces of each emotion in the three parts, and the duplicates that were found. */
export function describeSplit({ train, fold, report, duplicates }: Split): string {
  const parts = { train, fold, report };
  const counts = Object.values(parts).map(balance);
  return [
    row("", Object.keys(parts)),
    ...emotionNames.map((name, k) => row(name, counts.map((c) => c[k]!))),
    row("all", Object.values(parts).map((p) => p.count)),
    `duplicates: ${duplicates.withinTrain} among the training faces (kept in one part each), ${duplicates.leftOut} training faces left out that the report set repeats (${duplicates.inReport} of its faces)`,
  ].join("\n");
}

function row(name: string, cells: readonly (string | number)[]): string {
  return name.padEnd(12) + cells.map((c) => String(c).padStart(8)).join("");
}
