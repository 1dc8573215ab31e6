// Which windows of a photo become samples: squares jittered about the faces as in the paper's section III-C, places without faces,
// and what the stages before let through. Pure.

import type { Box } from "../../core/geometry.js";
import { iou } from "../../core/geometry.js";
import type { Random } from "../random.js";
import { bestFace, boxOffsets, kindByOverlap, minFacePixels, overlaps, pointOffsets, windowBox, type LabelledFace, type SampleKind, type Window } from "./face-geometry.js";
import type { StageName } from "./nets.js";
import type { PhotoSetName } from "./photos.js";
import type { SampleLabel } from "./samples.js";

/** A window with its label. */
export interface Chosen {
  readonly window: Window;
  readonly label: SampleLabel;
}

/** What the points of a set are worth: those of small photos are off by much of the distance between the eyes, those of boxed faces and of expressions are the published weights' own. */
export const pointWeights: Readonly<Record<PhotoSetName, number>> = { boxes: 0.3, "five-point": 0.3, "video-frame": 0.5, portrait: 1, expression: 0.4, pasted: 0, room: 0 };

/** Windows drawn for each face in each view. Photos with faces of all sizes teach most about finding, portraits about points; of five-point faces there are many, and small ones. */
const perFace: Readonly<Record<PhotoSetName, { readonly positive: number; readonly part: number; readonly points: number; readonly near: number }>> = {
  boxes: { positive: 5, part: 2, points: 2, near: 3 },
  "five-point": { positive: 1, part: 1, points: 1, near: 1 },
  "video-frame": { positive: 1, part: 1, points: 2, near: 1 },
  portrait: { positive: 2, part: 1, points: 8, near: 2 },
  expression: { positive: 1, part: 1, points: 1, near: 1 },
  pasted: { positive: 2, part: 1, points: 0, near: 2 },
  room: { positive: 0, part: 0, points: 0, near: 0 },
};
/** How far drawn positives lie off their face, in its sides: R-Net is shown where P-Net's coarse grid and pyramid put their windows. */
const positiveJitter: Readonly<Record<StageName, number>> = { pnet: 0.12, rnet: 0.2, onet: 0.12 };
/** Negatives drawn anywhere in each view of a photo. */
const perPhoto: Readonly<Record<PhotoSetName, number>> = { boxes: 12, "five-point": 1, "video-frame": 1, portrait: 4, expression: 2, pasted: 4, room: 16 };
/** Draws for one wanted window before it is given up. */
const tries = 8;
/** Largest overlap of a negative with a place that is ignored. */
const maxIgnored = 0.1;

interface Place {
  readonly width: number;
  readonly height: number;
  readonly faces: readonly LabelledFace[];
  readonly ignore: readonly Box[];
  readonly set: PhotoSetName;
}

/** Drawn windows of a photo. */
export function drawWindows(place: Place, stage: StageName, random: Random): Chosen[] {
  const chosen: Chosen[] = [];
  const want = (count: number, kind: SampleKind, draw: () => Window) => {
    for (let i = 0; i < count; i++) {
      for (let t = 0; t < tries; t++) {
        const found = label(draw(), place, stage, kind === "points");
        if (found?.label.kind !== kind) continue;
        chosen.push(found);
        break;
      }
    }
  };
  for (const face of place.faces) {
    if (Math.max(face.box.width, face.box.height) < minFacePixels[stage]) continue;
    want(perFace[place.set].positive, "positive", () => aroundFace(face.box, positiveJitter[stage], random));
    want(perFace[place.set].part, "part", () => aroundFace(face.box, 0.3, random));
    if (face.points !== undefined) want(perFace[place.set].points, "points", () => aroundFace(face.box, stage === "onet" && random.next() < 0.5 ? 0.08 : 0.18, random));
    want(perFace[place.set].near, "negative", () => aroundFace(face.box, 1, random));
  }
  const largest = Math.min(place.width, place.height);
  if (largest >= 12) want(perPhoto[place.set], "negative", () => anywhere(place, largest, random));
  return chosen;
}

/** Windows that the stages before let through, at most `maxNegatives` of them negatives (the first ones: surest first). */
export function labelCandidates(candidates: readonly Window[], place: Place, stage: StageName, maxNegatives: number): Chosen[] {
  let negatives = 0;
  return candidates.flatMap((window) => {
    const found = label(window, place, stage, false);
    if (found === undefined || (found.label.kind === "negative" && ++negatives > maxNegatives)) return [];
    return [found];
  });
}

/** The window's label; undefined where it teaches nothing. `points` asks for a window that shows the points of its face. */
export function label(window: Window, { faces, ignore, set }: Place, stage: StageName, points: boolean): Chosen | undefined {
  const { face, overlap } = bestFace(window, faces);
  const kind = kindByOverlap(overlap, stage);
  if (kind === "negative") return points || ignore.some((box) => iou(windowBox(window), box) > maxIgnored || covers(window, box)) ? undefined : { window, label: { kind } };
  if (kind === undefined || face === undefined || Math.max(face.box.width, face.box.height) < minFacePixels[stage]) return undefined;
  const shown = face.points;
  if (points && (shown === undefined || overlap < overlaps.part[stage])) return undefined;
  const target = [...boxOffsets(window, face.box), ...(shown === undefined ? Array<number>(10).fill(0) : pointOffsets(window, shown))];
  return { window, label: { kind: points ? "points" : kind, target, pointWeight: shown === undefined || kind === "part" && !points ? 0 : pointWeights[set] } };
}

/** A window near a box: moved and grown by up to `jitter` of its larger side. */
function aroundFace({ x, y, width, height }: Box, jitter: number, random: Random): Window {
  const larger = Math.max(width, height);
  // Between the mean and the larger side a square overlaps most.
  const side = random.between(0.8, 1.05) * larger * (1 + jitter) ** random.between(-1, 1);
  const moved = () => random.between(-jitter, jitter) * larger;
  return { x: x + (width - side) / 2 + moved(), y: y + (height - side) / 2 + moved(), side };
}

/** A window in the photo, small ones as likely as large ones. */
function anywhere({ width, height }: Place, largest: number, random: Random): Window {
  const side = 12 * (largest / 12) ** random.next();
  return { x: random.between(0, width - side), y: random.between(0, height - side), side };
}

/** Whether the middle of an ignored face lies in a window of its size. */
function covers({ x, y, side }: Window, box: Box): boolean {
  const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
  return cx > x && cx < x + side && cy > y && cy < y + side && side < 3 * Math.max(box.width, box.height);
}
