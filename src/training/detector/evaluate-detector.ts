// `evaluate detector`: detectors side by side on the photos that training never saw, in one run.

import sharp from "sharp";
import { AppError } from "../../core/errors.js";
import type { DetectedFace } from "../../core/engine.js";
import type { Picture } from "../../core/frame.js";
import type { Box, Landmarks } from "../../core/geometry.js";
import { decodePhoto } from "./decode-photo.js";
import { averagePrecision, matchLabels, median, medianShift, pointError, precisionRecall, shiftBox, type BoxShift, type Found, type PrecisionRecall } from "./detector-metrics.js";
import { turnBy, turnPoint } from "./face-geometry.js";
import type { LabelledPhoto, PhotoSetName } from "./photos.js";
import { turnPicture } from "./turn-picture.js";

/** A detector that is measured. It gives faces down to low scores; those from `threshold` on are its answer. */
export interface Candidate {
  readonly name: string;
  readonly version: string;
  readonly threshold: number;
  /** Millions of multiplications of each stage's window, where known. */
  readonly megaMultiplications?: Readonly<Record<string, number>>;
  /** Milliseconds spent in each stage since it was opened, where known. */
  readonly times?: Readonly<Record<string, number>>;
  detect(picture: Picture): Promise<readonly DetectedFace[]>;
}

export const faceSizes = ["12-20", "20-40", "40-80", "80+"] as const;
export const maskKinds = ["without_mask", "with_mask", "with_incorrect_mask"] as const;
const rolls = [-45, -30, -15, 0, 15, 30, 45] as const;
/** 0.8 is the default of `analysis.blur`. */
const blurs = [0, 0.8, 2, 4] as const;
/** Points further away on average, in distances of the eyes, belong to another face. */
const sameFace = 0.5;

export interface Share {
  readonly faces: number;
  /** Of them found at the operating point. */
  readonly recall: number;
}

export interface PointErrors {
  readonly faces: number;
  /** Per cent of the distance between the eyes. */
  readonly mean: number;
  readonly median: number;
}

export interface DetectorFigures {
  readonly name: string;
  readonly version: string;
  readonly threshold: number;
  readonly megaMultiplications?: Readonly<Record<string, number>>;
  /** On the boxed photos, at an overlap (IoU) of 0.5; detections without a label count as wrong for everybody, also those on faces that nobody boxed. */
  readonly averagePrecision: number;
  /** The same without detections on which at least two of the detectors agree where there is no label. */
  readonly averagePrecisionAgreed: number;
  readonly recall: number;
  readonly precision: number;
  readonly bySize: Readonly<Record<(typeof faceSizes)[number], Share>>;
  readonly byMask: Readonly<Record<(typeof maskKinds)[number], Share>>;
  readonly portraitsMissed: number;
  readonly falseAlarmsPer100Rooms: number;
  /** Of all that it found, and of those that all detectors found. */
  readonly pointErrors: Readonly<Record<"portrait" | "video-frame", { readonly own: PointErrors; readonly common: PointErrors }>>;
  /** Portraits turned by so many degrees: share found, and error of the points. */
  readonly roll: readonly { readonly degrees: number; readonly found: number; readonly pointError: number }[];
  /** Boxed photos softened by so many pixels (sigma). */
  readonly blur: readonly { readonly sigma: number; readonly recall: number }[];
  /** Median over the boxed photos, and how it divides among the stages, where the detector tells it. */
  readonly milliseconds: number;
  readonly stageShares?: Readonly<Record<string, number>>;
  readonly shift: BoxShift;
  readonly curve: readonly PrecisionRecall[];
}

export interface DetectorReport {
  readonly photos: Readonly<Record<Exclude<PhotoSetName, "pasted">, number>>;
  readonly labels: number;
  readonly detectors: readonly DetectorFigures[];
}

export interface EvaluateDetectorOptions {
  /** Only held ones are looked at. */
  readonly photos: readonly LabelledPhoto[];
  readonly detectors: readonly Candidate[];
  /** Without turned and softened copies. */
  readonly plainOnly?: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a detector found in one photo. */
interface Seen {
  readonly photo: LabelledPhoto;
  readonly faces: readonly DetectedFace[];
  readonly milliseconds: number;
}

/** @throws AppError `data_missing` without held photos of every kind, `invalid_picture`, `cancelled` */
export async function evaluateDetector({ photos, detectors, plainOnly = false, signal, onProgress }: EvaluateDetectorOptions): Promise<DetectorReport> {
  const held = photos.filter((p) => p.held);
  const of = (set: PhotoSetName) => held.filter((p) => p.set === set);
  const [boxed, portraits, videoFrames, rooms] = [of("boxes"), of("portrait"), of("video-frame"), of("room")];
  if (boxed.length === 0 || portraits.length === 0 || rooms.length === 0) throw new AppError("data_missing", "Expected held-out photos with boxes, portraits and rooms, received none of a kind.");
  const [softenBy, turnByDegrees] = plainOnly ? [[0], [0]] : [blurs, rolls];
  const total = boxed.length * softenBy.length + portraits.length * turnByDegrees.length + videoFrames.length + rooms.length;
  let done = 0;
  const look = async (all: readonly LabelledPhoto[], change?: (picture: Picture) => Picture | Promise<Picture>): Promise<Seen[][]> => {
    const seen: Seen[][] = detectors.map(() => []);
    for (const photo of all) {
      if (signal.aborted) throw new AppError("cancelled", "Stopped while detectors were measured.");
      onProgress?.(++done, total);
      const original = await decodePhoto(photo);
      const picture = (await change?.(original)) ?? original;
      // In turns, so that whatever else the machine does hits all alike.
      for (const [i, detector] of detectors.entries()) {
        const started = performance.now();
        const faces = await detector.detect(picture);
        seen[i]!.push({ photo, faces, milliseconds: performance.now() - started });
      }
    }
    return seen;
  };
  const before = detectors.map((d) => ({ ...d.times }));
  const onBoxes = await look(boxed);
  const after = detectors.map((d) => ({ ...d.times }));
  const shifts = onBoxes.map((seen, i) => medianShift(seen.map((s) => ({ found: sure(s.faces, detectors[i]!.threshold), labels: boxesOf(s.photo) }))));
  const onPortraits = await look(portraits);
  const onVideo = await look(videoFrames);
  const onRooms = await look(rooms);
  const softened = new Map<number, Seen[][]>();
  for (const sigma of softenBy) if (sigma > 0) softened.set(sigma, await look(boxed, (picture) => soften(picture, sigma)));
  const turned = new Map<number, Seen[][]>();
  for (const degrees of turnByDegrees) if (degrees !== 0) turned.set(degrees, await look(portraits, (picture) => turnPicture(picture, degrees)));

  const figures = detectors.map((detector, i): DetectorFigures => {
    const shifted = onBoxes.map((seen, k) => seen.map(({ faces }) => faces.map(({ box, score }): Found => ({ box: shiftBox(box, shifts[k]!), score }))));
    const own = judge(onBoxes[i]!, shifted[i]!, detector.threshold, shifted.filter((_, k) => k !== i));
    const recallOf = (seen: readonly Seen[]) => judge(seen, seen.map(({ faces }) => faces.map(({ box, score }) => ({ box: shiftBox(box, shifts[i]!), score }))), detector.threshold, []).recall;
    const curve = precisionRecall(own.judged, own.labels);
    const spent = Object.fromEntries(Object.entries(after[i]!).map(([stage, ms]) => [stage, ms - (before[i]![stage] ?? 0)]));
    const spentTotal = Object.values(spent).reduce((a, b) => a + b, 0);
    const errors = (all: readonly (readonly Seen[])[]) => {
      const each = all.map((seen, k) => seen.map((s) => errorOf(s, detectors[k]!.threshold)));
      return { own: summary(each[i]!), common: summary(each[i]!.filter((_, p) => each.every((e) => e[p] !== undefined))) };
    };
    return {
      name: detector.name, version: detector.version, threshold: detector.threshold,
      ...(detector.megaMultiplications === undefined ? {} : { megaMultiplications: detector.megaMultiplications }),
      averagePrecision: averagePrecision(curve),
      averagePrecisionAgreed: averagePrecision(precisionRecall(own.agreedLeftOut, own.labels)),
      recall: own.recall, precision: own.precision, bySize: own.bySize, byMask: own.byMask,
      portraitsMissed: onPortraits[i]!.filter((s) => errorOf(s, detector.threshold) === undefined).length,
      falseAlarmsPer100Rooms: (100 * onRooms[i]!.reduce((sum, { faces }) => sum + sure(faces, detector.threshold).length, 0)) / rooms.length,
      pointErrors: { portrait: errors(onPortraits), "video-frame": errors(onVideo) },
      roll: turnByDegrees.map((degrees) => {
        const seen = (degrees === 0 ? onPortraits : turned.get(degrees)!)[i]!;
        const each = seen.map((s) => errorOf(degrees === 0 ? s : { ...s, photo: turnLabels(s.photo, degrees) }, detector.threshold));
        return { degrees, found: each.filter((e) => e !== undefined).length / each.length, pointError: summary(each).mean };
      }),
      blur: softenBy.map((sigma) => ({ sigma, recall: sigma === 0 ? own.recall : recallOf(softened.get(sigma)![i]!) })),
      milliseconds: median(onBoxes[i]!.map((s) => s.milliseconds)),
      ...(spentTotal === 0 ? {} : { stageShares: Object.fromEntries(Object.entries(spent).map(([stage, ms]) => [stage, ms / spentTotal])) }),
      shift: shifts[i]!,
      curve: thinned(curve),
    };
  });
  return { photos: { boxes: boxed.length, "five-point": 0, "video-frame": videoFrames.length, portrait: portraits.length, expression: 0, room: rooms.length }, labels: boxed.reduce((sum, p) => sum + p.faces.length, 0), detectors: figures };
}

function judge(seen: readonly Seen[], found: readonly (readonly Found[])[], threshold: number, others: readonly (readonly (readonly Found[])[])[]) {
  const judged: { score: number; right: boolean }[] = [];
  const agreedLeftOut: { score: number; right: boolean }[] = [];
  const counts = new Map<string, { faces: number; found: number }>();
  let [labels, right, answers] = [0, 0, 0];
  for (const [p, { photo }] of seen.entries()) {
    const own = found[p]!;
    const boxes = boxesOf(photo);
    const matched = matchLabels(own, boxes);
    labels += boxes.length;
    for (const [i, { box, score }] of own.entries()) {
      const hit = matched[i] !== -1;
      judged.push({ score, right: hit });
      if (hit || !others.some((other) => matchLabels(other[p]!.filter((o) => o.score >= 0.5), [box]).some((k) => k === 0))) agreedLeftOut.push({ score, right: hit });
      if (score < threshold) continue;
      answers++;
      if (hit) right++;
    }
    const hits = new Set(matched.filter((_, i) => own[i]!.score >= threshold));
    for (const [k, face] of photo.faces.entries()) {
      for (const name of [sizeOf(boxes[k]!), face.kind ?? ""]) {
        const count = counts.get(name) ?? { faces: 0, found: 0 };
        counts.set(name, { faces: count.faces + 1, found: count.found + (hits.has(k) ? 1 : 0) });
      }
    }
  }
  const shares = <N extends string>(names: readonly N[]) =>
    Object.fromEntries(names.map((name) => [name, { faces: counts.get(name)?.faces ?? 0, recall: (counts.get(name)?.found ?? 0) / Math.max(1, counts.get(name)?.faces ?? 0) }])) as Record<N, Share>;
  return { judged, agreedLeftOut, labels, recall: right / Math.max(1, labels), precision: right / Math.max(1, answers), bySize: shares(faceSizes), byMask: shares(maskKinds) };
}

function boxesOf(photo: LabelledPhoto): Box[] {
  return photo.faces.flatMap(({ box }) => (box === undefined ? [] : [box]));
}

function sizeOf({ width, height }: Box): (typeof faceSizes)[number] {
  const size = Math.max(width, height);
  if (size < 20) return "12-20";
  if (size < 40) return "20-40";
  return size < 80 ? "40-80" : "80+";
}

function sure(faces: readonly DetectedFace[], threshold: number): DetectedFace[] {
  return faces.filter((f) => f.score >= threshold);
}

/** Error of the points of the face that the photo's first label describes, in distances of the eyes; undefined where it was not found. */
function errorOf({ photo, faces }: Pick<Seen, "photo" | "faces">, threshold: number): number | undefined {
  const truth = photo.faces[0]!.points!;
  const best = Math.min(...sure(faces, threshold).map((f) => pointError(f.landmarks, truth)), Infinity);
  return best < sameFace ? best : undefined;
}

function summary(errors: readonly (number | undefined)[]): PointErrors {
  const known = errors.filter((e): e is number => e !== undefined);
  if (known.length === 0) return { faces: 0, mean: 0, median: 0 };
  return { faces: known.length, mean: (100 * known.reduce((a, b) => a + b, 0)) / known.length, median: 100 * median(known) };
}

async function soften(picture: Picture, sigma: number): Promise<Picture> {
  const { width, height } = picture;
  const { data } = await sharp(picture.data, { raw: { width, height, channels: 3 } }).blur(sigma).raw().toBuffer({ resolveWithObject: true });
  return { width, height, pixelFormat: "rgb24", data };
}

/** The points of a photo as `turnPicture` moves them. */
function turnLabels(photo: LabelledPhoto, degrees: number): LabelledPhoto {
  const turn = turnBy(degrees, [photo.size![0] / 2, photo.size![1] / 2]);
  return { ...photo, faces: photo.faces.map((face) => (face.points === undefined ? face : { ...face, points: face.points.map((p) => turnPoint(p, turn)) as unknown as Landmarks })) };
}

/** At most 200 points of a curve, for the report. */
function thinned(curve: readonly PrecisionRecall[]): PrecisionRecall[] {
  const step = Math.max(1, Math.ceil(curve.length / 200));
  return curve.filter((_, i) => i % step === 0 || i === curve.length - 1);
}
