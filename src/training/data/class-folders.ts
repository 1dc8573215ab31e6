// A folder for each emotion, with pictures of any size and kind in it; the same inside a tar.gz. Faces are cut out with a detector
// where the caller brings one, else the pictures are taken for faces that are cut already.

import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import sharp from "sharp";
import { emotionNames, type Emotion } from "../../core/emotions.js";
import { AppError } from "../../core/errors.js";
import type { Picture } from "../../core/frame.js";
import type { Box, Landmarks } from "../../core/geometry.js";
import { cropTransform, type CropRule } from "../../inference/emotion/crop.js";
import { warpGrey } from "../../inference/emotion/warp-grey.js";
import { faceSize, type FaceSet } from "./face-set.js";
import { SetBuilder } from "./set-builder.js";
import { tarEntries } from "./tar.js";

const pictureEnding = /\.(?:jpe?g|png|webp|bmp|gif|tiff?)$/i;
/** One group in so many reports instead of training. */
const reportShare = 5;

/** Finds the largest face of a picture; undefined where there is none. */
export type FindFace = (picture: Picture) => Promise<{ readonly box: Box; readonly landmarks?: Landmarks } | undefined>;

export interface CutFaces {
  readonly find: FindFace;
  readonly crop: CropRule;
}

/** One picture and the emotion that its folder names. */
export interface LabelledPicture {
  readonly name: string;
  readonly label: number;
  read(): Promise<Buffer>;
}

export interface ClassFolderFaces {
  readonly train: FaceSet;
  readonly report: FaceSet;
  /** Pictures of the report set in which no face was found. */
  readonly without: number;
}

/** The pictures below `path` (a folder, or a tar.gz) whose folder is named by an emotion. */
export async function listLabelled(path: string): Promise<LabelledPicture[]> {
  const files = (await stat(path)).isDirectory() ? await folderFiles(path) : await archiveFiles(path);
  const labelled = files.flatMap(({ name, read }) => {
    const label = emotionNames.indexOf(name.split("/").at(-2) as Emotion);
    return label === -1 || !pictureEnding.test(name) ? [] : [{ name, label, read }];
  });
  if (labelled.length === 0) throw new AppError("data_missing", `Expected folders named ${emotionNames.join(", ")} with pictures in them.`, { detail: path });
  return labelled.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Faces of 48x48 out of the pictures. A file's group is its name up to the first underscore; one group in five reports.
 * @throws AppError `data_missing`, `invalid_picture` (with the name of the file)
 */
export async function readClassFolders(path: string, cut?: CutFaces, onProgress: (done: number, total: number) => void = () => {}): Promise<ClassFolderFaces> {
  const pictures = await listLabelled(path);
  const sets = { train: new SetBuilder(), report: new SetBuilder() };
  let without = 0;
  for (const [i, { name, label, read }] of pictures.entries()) {
    const picture = await decodePicture(await read(), name);
    const face = cut === undefined ? { box: { x: 0, y: 0, width: picture.width, height: picture.height } } : await cut.find(picture);
    if (face === undefined) without += reports(name) ? 1 : 0;
    else sets[reports(name) ? "report" : "train"].add(cutFace(picture, face, cut?.crop), label, name);
    onProgress(i + 1, pictures.length);
  }
  return { train: sets.train.build(), report: sets.report.build(), without };
}

/** Whether the group of this file belongs to the faces that report. */
export function reports(name: string): boolean {
  const group = basename(name).split("_")[0]!;
  return createHash("sha256").update(group).digest().readUInt32LE() % reportShare === 0;
}

/** Decodes to rgb24, upright. @throws AppError `invalid_picture` */
export async function decodePicture(bytes: Buffer, name: string): Promise<Picture> {
  try {
    const { data, info } = await sharp(bytes).rotate().flatten().toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
    if (info.channels === 3) return { width: info.width, height: info.height, pixelFormat: "rgb24", data: new Uint8Array(data) };
    const rgb = new Uint8Array(info.width * info.height * 3);
    for (let i = 0; i < info.width * info.height; i++) rgb.fill(data[i * info.channels]!, i * 3, i * 3 + 3);
    return { width: info.width, height: info.height, pixelFormat: "rgb24", data: rgb };
  } catch (error) {
    throw new AppError("invalid_picture", `Cannot read ${name}.`, { cause: error });
  }
}

/** Grey pixels (48x48) of a face as `crop` says; without it those of the whole box. */
export function cutFace(picture: Picture, face: { readonly box: Box; readonly landmarks?: Landmarks }, crop: CropRule | undefined): Uint8Array {
  const whole: CropRule = { align: "box", points: [], boxScale: 1, boxShift: 0 };
  const grey = new Float32Array(faceSize * faceSize);
  warpGrey(picture, cropTransform(face.box, face.landmarks, crop ?? whole, faceSize), faceSize, grey);
  return Uint8Array.from(grey, Math.round);
}

interface NamedFile {
  readonly name: string;
  read(): Promise<Buffer>;
}

async function folderFiles(folder: string): Promise<NamedFile[]> {
  const names = await readdir(folder, { recursive: true });
  return names.map((name) => ({ name: name.split(sep).join("/"), read: () => readFile(join(folder, name)) }));
}

async function archiveFiles(file: string): Promise<NamedFile[]> {
  const bytes = await promisify(gunzip)(await readFile(file));
  return [...tarEntries(bytes)].map(({ path, data }) => ({ name: path, read: () => Promise.resolve(data) }));
}
