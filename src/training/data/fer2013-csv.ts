// FER2013 as its challenge published it (Goodfellow et al., 2013): one CSV `emotion,pixels,Usage`, one label a face.

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { AppError } from "../../core/errors.js";
import { classCount, facePixels, type FaceSet } from "./face-set.js";
import { SetBuilder } from "./set-builder.js";

const header = "emotion,pixels,Usage";
/** PrivateTest is left for whoever wants a last test; it is neither trained on nor reported here. */
const usages = { Training: "train", PublicTest: "report" } as const;

/** Reads the CSV line by line. Labels 0 to 6 are in the order of `emotionNames`. @throws AppError `data_missing` with the line that does not fit. */
export async function readFer2013Csv(file: string): Promise<{ readonly train: FaceSet; readonly report: FaceSet }> {
  const sets = { train: new SetBuilder(), report: new SetBuilder() };
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    line++;
    if (line === 1 && text.trim() === header) continue;
    if (line === 1) throw new AppError("data_missing", `Expected the first line "${header}".`, { detail: file });
    if (text.trim() === "") continue;
    const [emotion, pixels, usage] = text.split(",");
    const label = Number(emotion);
    const values = (pixels ?? "").trim().split(" ").map(Number);
    const fits = Number.isInteger(label) && label >= 0 && label < classCount && values.length === facePixels && values.every((v) => Number.isInteger(v) && v >= 0 && v <= 255);
    if (!fits) throw new AppError("data_missing", `Expected a label of 0 to 6 and ${facePixels} grey values in line ${line}.`, { detail: file });
    const part = usages[usage?.trim() as keyof typeof usages];
    if (part !== undefined) sets[part].add(Uint8Array.from(values), label, `line${line}`);
  }
  return { train: sets.train.build(), report: sets.report.build() };
}
