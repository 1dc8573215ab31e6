// An evaluation of a detector as files, and its headline figures into the manifest of the model that was measured where it lies in the same folder.

import { mkdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { readDetectorModel } from "../../inference/mtcnn/manifest.js";
import { detectorCard, detectorMarkdown, detectorPlots } from "./detector-report.js";
import type { DetectorReport } from "./evaluate-detector.js";

/** Writes evaluation.json, evaluation.md, evaluation.png and README.md (the model card) to `out`. The first detector of the report is the model in `folder`. */
export async function writeDetectorEvaluation(folder: string, out: string, report: DetectorReport): Promise<void> {
  await mkdir(out, { recursive: true });
  const { manifest } = await readDetectorModel(folder);
  const sizes = await Promise.all(Object.values(manifest.stages).map(async ({ file }) => (await stat(join(folder, file))).size));
  await writeFileAtomic(join(out, "evaluation.json"), `${JSON.stringify(report, null, 1)}\n`);
  await writeFileAtomic(join(out, "evaluation.md"), detectorMarkdown(report, 1));
  await writeFileAtomic(join(out, "evaluation.png"), await detectorPlots(report));
  await writeFileAtomic(join(out, "README.md"), detectorCard(manifest, report, sizes.reduce((a, b) => a + b, 0)));
  if (resolve(folder) !== resolve(out)) return;
  const { averagePrecision, recall, precision, falseAlarmsPer100Rooms, portraitsMissed, pointErrors } = report.detectors[0]!;
  const metrics = { averagePrecision, recall, precision, falseAlarmsPer100Rooms, portraitsMissed, pointError: pointErrors.portrait.own.mean };
  const file = join(folder, "manifest.json");
  await writeFileAtomic(file, `${JSON.stringify({ ...(JSON.parse(await readFile(file, "utf8")) as object), metrics }, null, 2)}\n`);
}
