// Pictures named on the command line: files as they are, folders with everything below them.

import { readdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join, relative, sep } from "node:path";
import { emotionNames, type Emotion } from "../../core/emotions.js";
import { AppError } from "../../core/errors.js";

/** A picture to predict. */
export interface FoundPicture {
  /** Where it lies. */
  readonly path: string;
  /** For results: relative to the folder given, with `/`; the plain name for a file that was given itself. */
  readonly file: string;
  /** The emotion its folder is named after, where it is. */
  readonly folderLabel?: Emotion;
}

const extensions: ReadonlySet<string> = new Set([".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".gif", ".tif", ".tiff"]);

// Names of class folders in published sets, beside our own.
const synonyms: Readonly<Record<string, Emotion>> = {
  angry: "anger",
  disgusted: "disgust",
  fearful: "fear",
  afraid: "fear",
  scared: "fear",
  happy: "happiness",
  sad: "sadness",
  surprised: "surprise",
};

/** The emotion a word means: `happiness`, `Happy`, `3_happy`; undefined for any other word. */
export function emotionOf(word: string): Emotion | undefined {
  const plain = word.toLowerCase().replaceAll(/^[0-9]+[ _.-]*|[ _.-]+$/g, "");
  return emotionNames.find((n) => n === plain) ?? synonyms[plain];
}

/**
 * Finds pictures, in the order given and sorted by name within each folder. Hidden files are left out, links to folders not followed.
 * @throws AppError `not_found` for a path that does not exist
 */
export async function findPictures(paths: readonly string[]): Promise<FoundPicture[]> {
  const found: FoundPicture[] = [];
  for (const path of paths) {
    const info = await stat(path).catch((cause: unknown) => {
      throw new AppError("not_found", `Expected a picture or a folder, received ${path}, which does not exist.`, { cause });
    });
    if (!info.isDirectory()) found.push(describe(path, basename(path)));
    else for (const file of await picturesBelow(path)) found.push(describe(file, relative(path, file).split(sep).join("/")));
  }
  return found;
}

async function picturesBelow(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter((e) => !e.name.startsWith("."));
  // By code units, so that every machine and language sorts alike.
  const sorted = entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const files: string[] = [];
  for (const entry of sorted) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await picturesBelow(path)));
    else if (extensions.has(extname(entry.name).toLowerCase())) files.push(path);
  }
  return files;
}

function describe(path: string, file: string): FoundPicture {
  const folderLabel = emotionOf(basename(dirname(path)));
  return { path, file, ...(folderLabel !== undefined && { folderLabel }) };
}
