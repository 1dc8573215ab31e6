// Cuts the windows of a stage out of the photos: each photo is decoded once a view, some views turned and compressed; one photo in memory at a time.

import { AppError } from "../../core/errors.js";
import { Pixels } from "../../inference/mtcnn/pixels.js";
import { permutation, randomFor } from "../random.js";
import { boxFromPoints, type BoxConvention } from "./box-convention.js";
import { decodePhoto } from "./decode-photo.js";
import { drawWindows, labelCandidates } from "./choose-windows.js";
import { turnBox, turnBy, type LabelledFace } from "./face-geometry.js";
import { cutWindow, turnFaces, type LabelledPhoto, type View } from "./photos.js";
import type { Proposer } from "./propose.js";
import { SampleCollector, type SampleFile } from "./samples.js";
import type { StagePlan } from "./stage-plan.js";
import { turnPicture } from "./turn-picture.js";

/** Views of a photo: the first upright and as it is. */
const views = 3;
/** Largest turn of a view, degrees; a face rolls further in it where it did so already. */
const largestTurn = 35;
/** Probability of a compressed view, and the qualities it is drawn from. */
const compressed = { probability: 0.5, from: 25, to: 80 };
/** Share of the windows of each kind that held-out photos may fill. */
const heldWindows = 1 / 12;
/** Most mined negatives of one photo. */
const maxMined = 60;

export interface CutOptions {
  readonly photos: readonly LabelledPhoto[];
  readonly plan: StagePlan;
  readonly convention: BoxConvention;
  /** Names everything the windows are made from. */
  readonly key: string;
  /** The stages before; absent for P-Net. */
  readonly proposer?: Proposer;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** @throws AppError `cancelled`, `training_failed` (no photo), `invalid_picture` */
export async function cutSamples({ photos, plan, convention, key, proposer, signal, onProgress }: CutOptions): Promise<SampleFile> {
  if (photos.length === 0) throw new AppError("training_failed", "Expected photos to cut windows from, received none.");
  const { name: stage, size } = plan.net;
  const kinds = ["negative", "positive", "part", "points"] as const;
  const heldCapacity = Object.fromEntries(kinds.map((k) => [k, Math.ceil(plan.windows[k] * heldWindows)])) as typeof plan.windows;
  const collectors = { train: new SampleCollector(size, plan.windows), held: new SampleCollector(size, heldCapacity) };
  const pixels = new Pixels();
  const order = permutation(photos.length, randomFor(plan.seed, stage, "photos"));
  for (let v = 0, done = 0; v < views; v++) {
    for (const index of order) {
      if (signal.aborted) throw new AppError("cancelled", "Stopped while windows were cut; nothing of this stage is kept.");
      onProgress?.(++done, views * photos.length);
      const photo = photos[index]!;
      const collector = photo.held ? collectors.held : collectors.train;
      // Each view has its share of the room: upright faces alone would fill it.
      const share = (v + 1) / views;
      if (kinds.every((k) => !collector.hasRoom(k, share))) continue;
      const random = randomFor(plan.seed, stage, "view", v, photo.name);
      const quality = v > 0 && random.next() < compressed.probability ? Math.round(random.between(compressed.from, compressed.to)) : undefined;
      const picture = await decodePhoto(photo, quality);
      const faces: LabelledFace[] = photo.faces.flatMap(({ box, points }) => {
        const own = box ?? (points === undefined ? undefined : boxFromPoints(points, convention));
        return own === undefined ? [] : [{ box: own, ...(points === undefined ? {} : { points }) }];
      });
      const degrees = v === 0 ? 0 : random.between(-largestTurn, largestTurn);
      const turn = turnBy(degrees, [picture.width / 2, picture.height / 2]);
      pixels.load(picture);
      const view: View = { levels: pixels.levels, faces: turnFaces(faces, turn), ignore: (photo.ignore ?? []).map((box) => turnBox(box, turn)), turn };
      const place = { ...view, width: picture.width, height: picture.height, set: photo.set };
      // What comes to the stage is judged on the picture as it is seen; its pixels are read from the photo itself, once.
      const mined = proposer === undefined ? [] : labelCandidates(await proposer.propose(degrees === 0 ? picture : turnPicture(picture, degrees)), place, stage, maxMined);
      // Where there are mined negatives, drawn ones are too easy to be worth their room.
      const drawn = drawWindows(place, stage, random).filter(({ label }) => proposer === undefined || label.kind !== "negative" || random.next() < 0.15);
      for (const { window, label } of [...mined, ...drawn]) if (collector.hasRoom(label.kind, share)) collector.add(cutWindow(view, window, size), label);
    }
  }
  return { key, train: collectors.train.finish(), held: collectors.held.finish() };
}
