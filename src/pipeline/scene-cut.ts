// Whether a picture shows another scene than the one before, seen on tiny grey copies. Pure.

import type { AnyPicture } from "../core/frame.js";
import { brightnessAt, fourfoldBrightness } from "../core/planar.js";

/** Size of the copies, and how many pixels of a row and of a column are looked at for each of their values. */
const columns = 32;
const rows = 18;
const samples = 4;

/** Mean difference from which on two copies show different scenes; 255 is black against white. */
const cutDifference = 20;

/** A grey copy of 32 by 18, each value the mean of 16 pixels spread over its part of the picture. */
export function greyCopy(picture: AnyPicture): Uint8Array {
  const { width, height, data } = picture;
  const { step, black, gain } = brightnessAt(picture);
  const copy = new Uint8Array(columns * rows);
  const [acrossCount, downCount] = [columns * samples, rows * samples];
  const across = Array.from({ length: acrossCount }, (_, i) => step * Math.floor(((i + 0.5) * width) / acrossCount));
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      let sum = 0;
      for (let v = 0; v < samples; v++) {
        const line = step * width * Math.floor(((row * samples + v + 0.5) * height) / downCount);
        for (let u = 0; u < samples; u++) sum += fourfoldBrightness(data, line + across[column * samples + u]!, step);
      }
      copy[at] = Math.min(255, Math.max(0, (sum / (4 * samples * samples) - black) * gain));
    }
  }
  return copy;
}

/** Mean difference of two grey copies, 0 to 255. */
export function greyDifference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / a.length;
}

/** Whether there is a cut between two pictures, from their grey copies. Light that goes on or off counts as one too. */
export function isCut(before: Uint8Array, now: Uint8Array): boolean {
  return greyDifference(before, now) >= cutDifference;
}
