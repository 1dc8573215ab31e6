// Which files a study has: those of a manifest, or files and folders named on the command line.

import type { Dirent } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { AppError, toAppError } from "../../core/errors.js";
import { isUrl } from "../source-identity.js";
import { isItem, studyColumns, type RefusedItem, type StudyItem, type StudyList } from "./item.js";
import { maxManifestBytes, readManifest } from "./manifest.js";
import { recordFile } from "./record.js";

const extensions: ReadonlySet<string> = new Set(
  "mp4,m4v,mov,mkv,webm,avi,mpg,mpeg,mpe,m2v,ts,mts,m2ts,wmv,asf,flv,ogv,mxf,3gp,3g2,vob,dv,mjpeg,mjpg,h264,h265,hevc,ivf,nut,rm,wtv,y4m".split(",").map((e) => `.${e}`),
);

/**
 * The files of a manifest. Rows that name no file, a missing one or one that an earlier row has are refused.
 * @throws AppError `not_found` for the manifest itself, `manifest_invalid`
 */
export async function itemsOfManifest(manifest: string, taken: Iterable<string>): Promise<StudyList> {
  const size = await stat(manifest).then(
    (info) => (info.isFile() ? info.size : -1),
    () => -1,
  );
  if (size < 0) throw new AppError("not_found", `Expected a manifest, received ${basename(manifest)}, which is no file that can be read.`);
  if (size > maxManifestBytes) throw new AppError("manifest_invalid", `Expected a manifest of at most ${maxManifestBytes} bytes, received ${size}.`);
  const bytes = await readFile(manifest).catch((error: unknown) => {
    throw toAppError(error);
  });
  const list = readManifest(bytes, dirname(resolve(manifest)), taken);
  return { ...list, entries: await checked(list.entries, (first) => `Expected each file once, received the file of row ${first.row ?? 0} again.`) };
}

/**
 * Files as they are, folders with the videos below them, sorted by name within each folder. Hidden files and folders are left out, so are
 * links to folders, `outDir` and folders that hold results. A file that is named twice counts once.
 */
export async function itemsOfPaths(paths: readonly string[], outDir: string): Promise<StudyList> {
  const values = studyColumns.map(() => "");
  const entries: (StudyItem | RefusedItem)[] = [];
  const refuse = (file: string, code: AppError["code"], message: string) => entries.push({ file, values, error: new AppError(code, message) });
  for (const path of paths) {
    if (isUrl(path)) {
      refuse(path, "invalid_request", "Expected files and folders where several are named, received an address.");
      continue;
    }
    const info = await stat(path).catch(() => undefined);
    if (info === undefined) refuse(path, "not_found", "Expected a video or a folder, received a name that does not exist.");
    else if (!info.isDirectory()) entries.push({ file: path, path: resolve(path), values });
    else {
      const before = entries.length;
      const videos = await videosBelow(path, resolve(outDir), true, (folder) => refuse(folder, "forbidden", "The folder may not be read."));
      if (videos.length === 0 && entries.length === before) refuse(path, "not_found", "Expected videos in the folder, received none.");
      for (const video of videos) entries.push({ file: video, path: resolve(video), values });
    }
  }
  return { columns: studyColumns, entries: await checked(entries) };
}

/** Refuses what is not there, and what is there a second time: without `repeated` the second is left out. */
async function checked(entries: readonly (StudyItem | RefusedItem)[], repeated?: (first: StudyItem) => string): Promise<(StudyItem | RefusedItem)[]> {
  const seen = new Map<string, StudyItem>();
  const result: (StudyItem | RefusedItem)[] = [];
  for (const entry of entries) {
    const found = isItem(entry) ? await lookAt(entry) : entry;
    const first = isItem(found) ? seen.get(found.path) : undefined;
    if (first !== undefined && repeated === undefined) continue;
    if (isItem(found) && first === undefined) seen.set(found.path, found);
    result.push(first === undefined ? found : refused(found, "manifest_invalid", repeated?.(first) ?? ""));
  }
  return result;
}

async function lookAt(item: StudyItem): Promise<StudyItem | RefusedItem> {
  try {
    const path = await realpath(item.path);
    if ((await stat(path)).isFile()) return { ...item, path };
    return refused(item, "not_found", "Expected a file, received something else of that name (a folder, for example).");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "EACCES") return refused(item, "forbidden", "The file may not be read.");
    return refused(item, "not_found", "The file does not exist.");
  }
}

function refused({ file, row, values }: StudyItem | RefusedItem, code: AppError["code"], message: string): RefusedItem {
  return { file, ...(row !== undefined && { row }), values, error: new AppError(code, message) };
}

async function videosBelow(folder: string, outDir: string, top: boolean, onDenied: (folder: string) => void): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => {
    onDenied(folder);
    return [];
  });
  // The folder that was named may be the one of the results; those below it that hold results are not videos to analyse.
  if (!top && (resolve(folder) === outDir || entries.some((e) => e.name === recordFile))) return [];
  // By code units, so that every machine and language sorts alike.
  const sorted = entries.filter((e) => !e.name.startsWith(".")).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const files: string[] = [];
  for (const entry of sorted) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await videosBelow(path, outDir, false, onDenied)));
    else if (extensions.has(extname(entry.name).toLowerCase())) files.push(path);
  }
  return files;
}
