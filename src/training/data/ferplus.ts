// FER+ (https://github.com/microsoft/FERPlus, MIT; pictures from FER2013): folders FER2013Train and FER2013Valid with PNGs of
// 48x48 and label.csv, which holds the votes of ten annotators. Read from a folder or straight from the tar.gz.

import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import sharp from "sharp";
import { emotionNames, type Emotion } from "../../core/emotions.js";
import { AppError } from "../../core/errors.js";
import { classCount, facePixels, faceSize, type FaceSet } from "./face-set.js";
import { tarEntries } from "./tar.js";

/** Columns of votes in label.csv, in order. */
const voteColumns = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF"] as const;
const decodeConcurrency = 16;

/** FER+'s two folders. */
export const ferPlusSplits = ["FER2013Train", "FER2013Valid"] as const;
export type FerPlusSplit = (typeof ferPlusSplits)[number];

/** One line of label.csv. */
export interface FerPlusRow {
  readonly name: string;
  /** In the order of the file's columns. */
  readonly votes: readonly number[];
}

/** What the votes on one face come to. Absent where the majority is no emotion of ours. */
export interface VoteTarget {
  readonly target: readonly number[];
  readonly label: number;
  readonly agreement: number;
}

/** Parses label.csv. The box column is quoted and holds commas. */
export function parseLabels(csv: string): FerPlusRow[] {
  const rows: FerPlusRow[] = [];
  for (const [i, line] of csv.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const match = /^([^,]+),"[^"]*",([\d,]+)$/.exec(line);
    const votes = match?.[2]!.split(",").map(Number) ?? [];
    if (match === null || votes.length !== voteColumns.length) throw new AppError("data_missing", `Expected name, box and ${voteColumns.length} votes in line ${i + 1} of label.csv.`, { detail: line });
    rows.push({ name: match[1]!, votes });
  }
  return rows;
}

/**
 * The practice of FER+'s authors: single votes are noise; a face whose majority is contempt, unknown or no face is left out;
 * the target is the distribution of the other votes over the seven emotions.
 */
export function targetOf(votes: readonly number[]): VoteTarget | undefined {
  const total = votes.reduce((a, b) => a + b, 0);
  const kept = votes.map((v) => (v <= 1 ? 0 : v));
  const top = kept.indexOf(Math.max(...kept));
  const label = emotionNames.indexOf(voteColumns[top] as Emotion);
  if (!kept[top] || label === -1) return undefined;
  const counts = emotionNames.map((name) => kept[voteColumns.indexOf(name)]!);
  const sum = counts.reduce((a, b) => a + b, 0);
  return { target: counts.map((c) => c / sum), label, agreement: votes[top]! / total };
}

/** Files of the data set by `split/name`, from a folder or an archive. */
interface Files {
  labels(split: FerPlusSplit): Promise<string>;
  picture(split: FerPlusSplit, name: string): Promise<Buffer>;
}

/** Where the data lie: `path` itself, `path/data`, `path.tar.gz`, or `path/ferplus.tar.gz`. */
export function locateFerPlus(path: string): string {
  const found = [path, join(path, "data"), `${path}.tar.gz`, join(path, "ferplus.tar.gz")].find((p) => (p.endsWith(".gz") ? existsSync(p) : existsSync(join(p, ferPlusSplits[0], "label.csv"))));
  if (found === undefined) throw new AppError("data_missing", "Expected FER+ data: a folder with FER2013Train/label.csv, or ferplus.tar.gz. See docs/training.md.", { detail: path });
  return found;
}

/** Reads and decodes one split, in the order of its label.csv. @throws AppError `data_missing`, `invalid_picture` */
export async function readFerPlus(path: string, onProgress: (done: number, total: number) => void = () => {}): Promise<Record<FerPlusSplit, FaceSet>> {
  const located = locateFerPlus(path);
  const files = (await stat(located)).isDirectory() ? folderFiles(located) : await archiveFiles(located);
  const plans = await Promise.all(ferPlusSplits.map(async (split) => ({ split, rows: parseLabels(await files.labels(split)) })));
  const total = plans.reduce((n, p) => n + p.rows.length, 0);
  let done = 0;
  const result: Partial<Record<FerPlusSplit, FaceSet>> = {};
  for (const { split, rows } of plans) {
    const faces = rows.flatMap((row) => {
      const target = targetOf(row.votes);
      return target === undefined ? [] : [{ name: row.name, ...target }];
    });
    done += rows.length - faces.length;
    const pixels = new Uint8Array(faces.length * facePixels);
    let next = 0;
    const work = async () => {
      while (next < faces.length) {
        const i = next++;
        pixels.set(await decode(await files.picture(split, faces[i]!.name), `${split}/${faces[i]!.name}`), i * facePixels);
        onProgress(++done, total);
      }
    };
    await Promise.all(Array.from({ length: decodeConcurrency }, work));
    result[split] = {
      count: faces.length,
      pixels,
      targets: Float32Array.from(faces.flatMap((f) => f.target)),
      labels: Uint8Array.from(faces, (f) => f.label),
      agreement: Float32Array.from(faces, (f) => f.agreement),
      names: faces.map((f) => f.name),
    };
    if (result[split].targets.length !== faces.length * classCount) throw new AppError("internal", "Targets and faces differ in number.");
  }
  return result as Record<FerPlusSplit, FaceSet>;
}

async function decode(file: Buffer, name: string): Promise<Uint8Array> {
  try {
    const { data, info } = await sharp(file).toColourspace("b-w").removeAlpha().raw().toBuffer({ resolveWithObject: true });
    if (info.width !== faceSize || info.height !== faceSize || info.channels !== 1) throw new Error(`expected ${faceSize}x${faceSize} grey, received ${info.width}x${info.height}x${info.channels}`);
    return data;
  } catch (error) {
    throw new AppError("invalid_picture", `Cannot read ${name}.`, { cause: error });
  }
}

function folderFiles(folder: string): Files {
  return {
    labels: async (split) => {
      await readdir(join(folder, split));
      return readFile(join(folder, split, "label.csv"), "utf8");
    },
    picture: (split, name) => readFile(join(folder, split, name)),
  };
}

async function archiveFiles(file: string): Promise<Files> {
  const entries = new Map<string, Buffer>();
  const bytes = await promisify(gunzip)(await readFile(file));
  for (const { path, data } of tarEntries(bytes)) entries.set(path.split("/").slice(-2).join("/"), data);
  const get = (name: string) => {
    const data = entries.get(name);
    if (data === undefined) throw new AppError("data_missing", `Expected ${name} in the archive.`, { detail: file });
    return Promise.resolve(data);
  };
  return { labels: async (split) => (await get(`${split}/label.csv`)).toString("utf8"), picture: (split, name) => get(`${split}/${name}`) };
}
