// What R- and O-Net see in use, to calibrate them: windows that the stages before propose in training photos, sampled as the cascade samples them.

import { AppError } from "../../core/errors.js";
import { gridOver, Pixels, type PixelScale } from "../../inference/mtcnn/pixels.js";
import { decodePhoto } from "../detector/decode-photo.js";
import { stageSpecs } from "../detector/nets.js";
import type { LabelledPhoto } from "../detector/photos.js";
import { openProposer, type Proposer } from "../detector/propose.js";
import { isGuard, withoutRepeats } from "../detector/split.js";
import { permutation, randomFor, type Random } from "../random.js";

const calibrationPhotos = 320;
const windowsOfPhoto = 6;

/** Nets whose windows others propose. */
export const windowStages = ["rnet", "onet"] as const;
export type WindowStage = (typeof windowStages)[number];

/** Training photos to calibrate with: none that reports, none that shows one of those again, nor its people. */
export async function calibrationPhotosOf(photos: readonly LabelledPhoto[], seed: number): Promise<LabelledPhoto[]> {
  const own = photos.filter((p) => !p.held && !isGuard(p.name) && p.set !== "expression");
  const order = permutation(own.length, randomFor(seed, "calibration"));
  const some = Array.from(order.subarray(0, calibrationPhotos), (i) => own[i]!);
  return (await withoutRepeats([...some, ...photos.filter((p) => p.held)])).filter((p) => !p.held);
}

/** Inputs of R- and O-Net, one window after another. @throws AppError `cancelled`, `invalid_picture` */
export async function calibrationWindows(photos: readonly LabelledPhoto[], models: Readonly<Record<"pnet" | "rnet", Uint8Array>>, scale: PixelScale, seed: number, signal: AbortSignal): Promise<Record<WindowStage, Float32Array>> {
  await using toRNet = await openProposer(models.pnet);
  await using toONet = await openProposer(models.pnet, models.rnet);
  const proposers: Record<WindowStage, Proposer> = { rnet: toRNet, onet: toONet };
  const found: Record<WindowStage, Float32Array[]> = { rnet: [], onet: [] };
  const pixels = new Pixels();
  for (const photo of photos) {
    if (signal.aborted) throw new AppError("cancelled", "Stopped before the model was changed.");
    const picture = await decodePhoto(photo);
    pixels.load(picture);
    for (const stage of windowStages) {
      const { size } = stageSpecs[stage];
      for (const { x, y, side } of drawn(await proposers[stage].propose(picture), randomFor(seed, stage, photo.name))) {
        found[stage].push(pixels.sample([gridOver({ x, y, width: side, height: side }, size, size)], scale).slice());
      }
    }
  }
  return { rnet: joined(found.rnet), onet: joined(found.onet) };
}

/** The surest windows, which are faces mostly, and as many of the others. */
function drawn<T>(windows: readonly T[], random: Random): T[] {
  const sure = windows.slice(0, windowsOfPhoto / 2);
  const others = windows.slice(sure.length);
  return [...sure, ...Array.from(permutation(others.length, random).subarray(0, windowsOfPhoto / 2), (i) => others[i]!)];
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
