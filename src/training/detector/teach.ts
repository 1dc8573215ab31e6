// What published weights add to the labels: faces that nobody labelled (learnt from where they are certain, else nothing is learnt from there), points of faces that have
// only a box, and with these the box that the sets with points would have drawn.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import type { DetectedFace } from "../../core/engine.js";
import { AppError } from "../../core/errors.js";
import type { Picture } from "../../core/frame.js";
import { iou, type Box, type Landmarks } from "../../core/geometry.js";
import { openMtcnnDetector } from "../../inference/mtcnn/detector.js";
import { defaultBoxConvention, fitBoxConvention, type BoxConvention } from "./box-convention.js";
import { decodePhoto } from "./decode-photo.js";
import { importMtcnn } from "./import-mtcnn.js";
import type { LabelledPhoto } from "./photos.js";

/** Folder of the published weights beside the photos. */
const weightsFolder = "mtcnn-reference";
/** Smallest face that a stage learns from is larger; smaller ones that nobody boxed are ignored too. */
const minFaceSize = 14;
/** A labelled face has the teacher's points from this overlap and score on, and from this size: below, they are too rough to learn from. */
const certain = { overlap: 0.5, score: 0.99, size: 40 } as const;
/** A found face with less overlap with any label is one that nobody labelled; from this score and size on it is learnt from like a labelled one. */
const unlabelled = { overlap: 0.3, score: 0.98, size: 20 } as const;

export interface Taught {
  readonly photos: readonly LabelledPhoto[];
  readonly convention: BoxConvention;
}

/** Finds faces in a photo. */
export interface Teacher extends AsyncDisposable {
  find(picture: Picture): Promise<readonly DetectedFace[]>;
}

/** The published weights beside the photos, imported into the run's folder; undefined where there are none. @throws AppError `corrupt`, `write_failed` */
export async function openTeacher(data: string, run: string): Promise<Teacher | undefined> {
  const from = join(data, weightsFolder);
  if (!existsSync(from)) return undefined;
  const folder = join(run, "teacher");
  await importMtcnn(from, folder);
  const detector = await openMtcnnDetector(folder, { minFaceSize, maxFaces: 200 });
  return { find: (picture) => detector.detect(picture), [Symbol.asyncDispose]: () => detector.close() };
}

interface PhotoNotes {
  readonly ignore: readonly Box[];
  /** Of the labelled faces in order; null where the teacher is not certain. */
  readonly points: readonly (Landmarks | null)[];
  /** Points of faces that nobody labelled. */
  readonly more: readonly Landmarks[];
}

/** What the teacher said, in the run's folder: a photo is looked at once. */
interface Notes {
  readonly key: string;
  readonly convention: BoxConvention;
  readonly photos: Readonly<Record<string, PhotoNotes>>;
}

export interface TeachOptions {
  readonly photos: readonly LabelledPhoto[];
  /** Names the photos and their labels. */
  readonly key: string;
  readonly teacher: Teacher;
  readonly run: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** @throws AppError `cancelled`, `invalid_picture` */
export async function teach(options: TeachOptions): Promise<Taught> {
  const file = join(options.run, "taught.json");
  const stored = await readNotes(file, options.key);
  const notes = stored ?? (await askTeacher(options));
  if (stored === undefined) await writeFileAtomic(file, JSON.stringify(notes));
  const photos = options.photos.map((photo): LabelledPhoto => {
    const own = notes.photos[photo.name];
    if (own === undefined) return photo;
    const labelled = photo.faces.map((face, i) => (own.points[i] == null ? face : { ...face, points: own.points[i] }));
    return { ...photo, ignore: own.ignore, faces: [...labelled, ...own.more.map((points) => ({ points }))] };
  });
  return { photos: withLabels(photos), convention: notes.convention };
}

/** The photos without those that show a person whom nobody labelled: they are no background either. */
export function withLabels(photos: readonly LabelledPhoto[]): LabelledPhoto[] {
  return photos.filter((p) => p.set !== "expression" || p.faces.length > 0);
}

async function askTeacher({ photos, key, teacher, signal, onProgress }: TeachOptions): Promise<Notes> {
  // Photos with room around their labelled faces, or without labels; the others show one head each.
  const roomy = photos.filter((p) => p.set === "boxes" || p.set === "portrait" || p.set === "expression");
  const notes: Record<string, PhotoNotes> = {};
  const both: { points: Landmarks; box: Box }[] = [];
  for (const [i, photo] of roomy.entries()) {
    if (signal.aborted) throw new AppError("cancelled", "Stopped while the published weights looked at the photos.");
    onProgress?.(i + 1, roomy.length);
    const found = await teacher.find(await decodePhoto(photo));
    const labelled = photo.faces.map((face) => face.box ?? around(face.points!));
    const others = found.filter(({ box }) => labelled.every((own) => iou(own, box) < unlabelled.overlap));
    const isCertain = ({ box, score }: DetectedFace) => score >= unlabelled.score && Math.max(box.width, box.height) >= unlabelled.size;
    const points = photo.faces.map(({ box, kind }) => {
      if (box === undefined || kind !== "without_mask" || Math.max(box.width, box.height) < certain.size) return null;
      const match = found.find((f) => f.score >= certain.score && iou(f.box, box) >= certain.overlap);
      if (match === undefined) return null;
      both.push({ points: match.landmarks, box });
      return match.landmarks;
    });
    notes[photo.name] = { ignore: others.filter((f) => !isCertain(f)).map(({ box }) => box), points, more: others.filter(isCertain).map(({ landmarks }) => landmarks) };
  }
  return { key, convention: both.length < 100 ? defaultBoxConvention : fitBoxConvention(both), photos: notes };
}

/** About a face that has points only: enough to tell whether it is the one that was found. */
function around(points: Landmarks): Box {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
  return { x: left - width / 2, y: top - height / 2, width: 2 * width, height: 2 * height };
}

async function readNotes(file: string, key: string): Promise<Notes | undefined> {
  if (!existsSync(file)) return undefined;
  const notes = JSON.parse(await readFile(file, "utf8")) as Notes;
  return notes.key === key ? notes : undefined;
}
