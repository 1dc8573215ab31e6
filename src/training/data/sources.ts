// Any of the data sets that can be trained on and evaluated, told apart by what lies at the path.

import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { AppError } from "../../core/errors.js";
import { readClassFoldersCached, readFerPlusCached } from "./cache.js";
import { readClassFolders, type CutFaces } from "./class-folders.js";
import type { FaceSet } from "./face-set.js";
import { readFer2013Csv } from "./fer2013-csv.js";
import { ferPlusSplits } from "./ferplus.js";

export interface FaceData {
  /** For reports, such as `FER+`. */
  readonly name: string;
  readonly train: FaceSet;
  readonly report: FaceSet;
  /** Faces of further sets that only train: they neither choose nor report. */
  readonly also: readonly FaceSet[];
  /** What the report set is called, and the same with the set it belongs to, for reports. */
  readonly reportName: string;
  readonly reportedOn: string;
  /** Pictures of the report set in which no face was found. */
  readonly without: number;
  /** Licence and consent notes found beside the data (LICENSE, LICENCE.md, CONSENT.md, ...), for the model card. */
  readonly notes: readonly string[];
}

export interface ReadDataOptions {
  readonly path: string;
  /** Class folders whose training part is added to the training faces. */
  readonly also?: readonly string[];
  readonly cache: string;
  /** Cuts faces out of the pictures of class folders. */
  readonly cut?: CutFaces;
  readonly onProgress?: (done: number, total: number) => void;
}

/** @throws AppError `data_missing`, `invalid_picture` */
export async function readFaceData({ path, also = [], cache, cut, onProgress }: ReadDataOptions): Promise<FaceData> {
  const main = await readMain({ path, cache, ...(cut === undefined ? {} : { cut }), ...(onProgress === undefined ? {} : { onProgress }) });
  const further: FaceSet[] = [];
  const notes = [...main.notes];
  for (const folder of also) {
    further.push((await readClassFoldersCached(existing(folder), cache, cut, onProgress)).train);
    notes.push(...(await notesBeside(folder)));
  }
  const name = [main.name, ...also.map((folder) => basename(folder).replace(/\.tar\.gz$/, ""))].join(" and ");
  return { ...main, name, reportedOn: `${main.name}, ${main.reportName}`, also: further, notes };
}

async function readMain({ path, cache, cut, onProgress }: ReadDataOptions): Promise<Omit<FaceData, "also" | "reportedOn">> {
  const notes = await notesBeside(path);
  if (path.endsWith(".csv") && existsSync(path)) return { name: "FER2013", reportName: "PublicTest", ...(await readFer2013Csv(path)), without: 0, notes };
  if (isFerPlus(path)) {
    const { FER2013Train, FER2013Valid } = await readFerPlusCached(path, cache, onProgress);
    return { name: "FER+", reportName: "FER2013Valid", train: FER2013Train, report: FER2013Valid, without: 0, notes };
  }
  const { train, report, without } = await readClassFolders(existing(path), cut, onProgress);
  return { name: "class folders", reportName: "one group in five", train, report, without, notes };
}

/** The path, or the archive of that name. @throws AppError `data_missing` */
function existing(path: string): string {
  const folders = existsSync(path) ? path : `${path}.tar.gz`;
  if (path.endsWith(".csv") || !existsSync(folders)) throw new AppError("data_missing", "Expected FER+ (a folder or ferplus.tar.gz), FER2013's CSV, or a folder with one folder for each emotion. See docs/training.md.", { detail: path });
  return folders;
}

function isFerPlus(path: string): boolean {
  if (/ferplus[^/]*(?:\.tar\.gz)?$/.test(path) && (existsSync(`${path}.tar.gz`) || path.endsWith(".tar.gz"))) return true;
  return [path, join(path, "data")].some((p) => existsSync(join(p, ferPlusSplits[0], "label.csv"))) || existsSync(join(path, "ferplus.tar.gz"));
}

async function notesBeside(path: string): Promise<string[]> {
  if (!existsSync(path) || !statSync(path).isDirectory()) return [];
  const found = ["LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "LICENCE.md", "CONSENT.md", "CONSENT.txt"].filter((n) => existsSync(join(path, n)));
  return Promise.all(found.map((n) => readFile(join(path, n), "utf8")));
}
