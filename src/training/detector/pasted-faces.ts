// Ready-cut faces pasted into pictures without people: tightly cropped, few pixels, grey or tinted, any expression. Photos of crowds and portraits hold few such
// faces, and whoever points a camera at a screen or a print has nothing else.

import { join } from "node:path";
import { existsSync } from "node:fs";
import sharp, { type Sharp } from "sharp";
import type { Landmarks, Point } from "../../core/geometry.js";
import type { FaceSet } from "../data/face-set.js";
import { readFerPlusCached } from "../data/cache.js";
import { ferPlusCrop } from "../export-emotion.js";
import { randomFor, type Random } from "../random.js";
import { softFace, type Look, type Place } from "../soft-face.js";
import type { LabelledPhoto } from "./photos.js";

const seed = 1;
const pictures = 1000;
/** Size of a picture, and its cells: one face in each. */
const [width, height, cells] = [640, 480, { across: 4, down: 2 }] as const;
/** Least and largest side of a pasted face, pixels. */
const sides = [40, 156] as const;
/** Width of the soft border as a share of the side, at most. */
const softest = 0.1;

/** The pictures, where FER+ lies beside the photos: its training faces on rooms that train, and on plain ground. Else none. @throws AppError `data_missing`, `invalid_picture` */
export async function readPastedFaces(data: string, cache: string, photos: readonly LabelledPhoto[]): Promise<LabelledPhoto[]> {
  const path = join(data, "ferplus");
  if (!existsSync(path) && !existsSync(`${path}.tar.gz`)) return [];
  const { FER2013Train } = await readFerPlusCached(path, cache);
  return pastedFaces(FER2013Train, photos.filter((p) => p.set === "room" && !p.held));
}

/** `count` pictures of eight faces each, every other one on a room (where there is one). The same faces and rooms give the same pictures. */
export async function pastedFaces(faces: FaceSet, rooms: readonly LabelledPhoto[], count = pictures): Promise<LabelledPhoto[]> {
  const made: LabelledPhoto[] = [];
  for (let i = 0; i < count; i++) {
    const random = randomFor(seed, "pasted", i);
    const places = Array.from({ length: cells.across * cells.down }, (_, cell) => placeIn(cell, random));
    // All is drawn before anything is waited for: the order of draws decides the picture.
    const looks = places.map(() => drawLook(faces.count, random));
    const room = i % 2 === 0 && rooms.length > 0 ? rooms[random.below(rooms.length)] : undefined;
    const ground = room === undefined ? plain(random) : sharp(room.bytes).resize(width, height, { fit: "cover" }).removeAlpha().toColourspace("srgb");
    const layers = await Promise.all(places.map((place, k) => softFace(faces, looks[k]!, place)));
    const bytes = await ground.composite(layers).jpeg({ quality: 92 }).toBuffer();
    made.push({ name: `pasted/${i}`, set: "pasted", bytes: Uint8Array.from(bytes), faces: places.map((place) => ({ points: pointsIn(place) })), size: [width, height], held: false });
  }
  return made;
}

function placeIn(cell: number, random: Random): Place {
  const [cellWidth, cellHeight] = [width / cells.across, height / cells.down];
  const side = Math.round(sides[0] * (sides[1] / sides[0]) ** random.next());
  const left = (cell % cells.across) * cellWidth + random.below(cellWidth - side + 1);
  const top = Math.floor(cell / cells.across) * cellHeight + random.below(cellHeight - side + 1);
  return { side, left, top };
}

/** Where FER+'s crop has the points of a usual face: near enough for a box, too rough to teach points. */
function pointsIn({ side, left, top }: Place): Landmarks {
  return ferPlusCrop.points.map(([x, y]): Point => [left + x * side, top + y * side]) as unknown as Landmarks;
}

function drawLook(count: number, random: Random): Look {
  const index = random.below(count);
  const tint = random.next() < 0.5 ? ([1, 1, 1] as const) : ([random.between(1, 1.25), random.between(0.9, 1), random.between(0.65, 0.95)] as const);
  return { index, tint, soft: softest * random.next() };
}

function plain(random: Random): Sharp {
  const [light, spread] = [random.between(20, 235), random.next() < 0.5 ? 0 : 30];
  const channel = () => Math.min(255, Math.max(0, Math.round(light + random.between(-spread, spread))));
  return sharp({ create: { width, height, channels: 3, background: { r: channel(), g: channel(), b: channel() } } });
}
