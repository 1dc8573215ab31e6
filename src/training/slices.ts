// The report set made worse in one way at a time: what the net makes of blurred, dark, small, turned and squeezed faces.

import sharp from "sharp";
import { blurInPlace, equalizeInPlace } from "../inference/emotion/preprocess.js";
import { facePixels, faceSize } from "./data/face-set.js";

export interface Slice {
  readonly name: string;
  /** Another 48x48 face out of one; values 0 to 255. Does not change its argument. */
  readonly change: (face: Float32Array) => Float32Array | Promise<Float32Array>;
}

/** Every slice of the report, in its order. */
export const slices: readonly Slice[] = [
  { name: "as it is", change: (f) => f },
  ...[0.8, 1.5, 2.5].map((sigma): Slice => ({ name: `blur, sigma ${sigma} px`, change: (f) => changed(f, (c) => blurInPlace(c, faceSize, sigma)) })),
  { name: "histogram equalised", change: (f) => changed(f, equalizeInPlace) },
  { name: "blur 0.8 px, then equalised", change: (f) => changed(f, (c) => { blurInPlace(c, faceSize, 0.8); equalizeInPlace(c); }) },
  ...[0.4, 0.7, 1.3].map((gain): Slice => ({ name: `light x ${gain}`, change: (f) => f.map((v) => Math.min(255, v * gain)) })),
  ...[0.4, 0.7].map((gain): Slice => ({ name: `contrast x ${gain}`, change: (f) => scaleContrast(f, gain) })),
  ...[32, 24, 16, 12].map((size): Slice => ({ name: `${size} px wide`, change: (f) => throughSize(f, size) })),
  ...[-20, -10, 10, 20].map((angle): Slice => ({ name: `turned by ${angle} degrees`, change: (f) => moved(f, { angle }) })),
  ...[0.8, 0.9, 1.1, 1.25].map((zoom): Slice => ({ name: `crop x ${zoom}`, change: (f) => moved(f, { zoom }) })),
  ...[[4, 0], [-4, 0], [0, 4], [0, -4]].map(([dx, dy]): Slice => ({ name: `shifted by ${dx}, ${dy} px`, change: (f) => moved(f, { dx: dx!, dy: dy! }) })),
  ...[60, 30, 10].map((quality): Slice => ({ name: `JPEG quality ${quality}`, change: (f) => throughJpeg(f, quality) })),
];

function changed(face: Float32Array, change: (copy: Float32Array) => void): Float32Array {
  const copy = face.slice();
  change(copy);
  return copy;
}

function scaleContrast(face: Float32Array, gain: number): Float32Array {
  const mean = face.reduce((a, b) => a + b, 0) / face.length;
  return face.map((v) => Math.min(255, Math.max(0, mean + (v - mean) * gain)));
}

/** Bilinear sampling about the middle, borders repeated. A zoom above 1 shows more surroundings (the repeated border). */
function moved(face: Float32Array, { angle = 0, zoom = 1, dx = 0, dy = 0 }: { angle?: number; zoom?: number; dx?: number; dy?: number }): Float32Array {
  const [cos, sin] = [Math.cos((angle * Math.PI) / 180) * zoom, Math.sin((angle * Math.PI) / 180) * zoom];
  const middle = (faceSize - 1) / 2;
  const out = new Float32Array(facePixels);
  for (let y = 0; y < faceSize; y++) {
    for (let x = 0; x < faceSize; x++) {
      const [u, v] = [x - middle - dx, y - middle - dy];
      out[y * faceSize + x] = sample(face, faceSize, middle + cos * u - sin * v, middle + sin * u + cos * v);
    }
  }
  return out;
}

/** Down to `size` by area and up again. */
function throughSize(face: Float32Array, size: number): Float32Array {
  const small = new Float32Array(size * size);
  const ratio = faceSize / size;
  const fine = 4;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      let sum = 0;
      for (let i = 0; i < fine; i++) for (let j = 0; j < fine; j++) sum += sample(face, faceSize, (x + (j + 0.5) / fine) * ratio - 0.5, (y + (i + 0.5) / fine) * ratio - 0.5);
      small[y * size + x] = sum / (fine * fine);
    }
  }
  const out = new Float32Array(facePixels);
  for (let y = 0; y < faceSize; y++) for (let x = 0; x < faceSize; x++) out[y * faceSize + x] = sample(small, size, (x + 0.5) / ratio - 0.5, (y + 0.5) / ratio - 0.5);
  return out;
}

async function throughJpeg(face: Float32Array, quality: number): Promise<Float32Array> {
  const jpeg = await sharp(Uint8Array.from(face, Math.round), { raw: { width: faceSize, height: faceSize, channels: 1 } }).jpeg({ quality }).toBuffer();
  return Float32Array.from(await sharp(jpeg).toColourspace("b-w").raw().toBuffer());
}

function sample(pixels: Float32Array, size: number, x: number, y: number): number {
  const [cx, cy] = [Math.min(size - 1, Math.max(0, x)), Math.min(size - 1, Math.max(0, y))];
  const [ix, iy] = [Math.min(size - 2, Math.floor(cx)), Math.min(size - 2, Math.floor(cy))];
  const [fx, fy] = [cx - ix, cy - iy];
  const at = iy * size + ix;
  const top = pixels[at]! + (pixels[at + 1]! - pixels[at]!) * fx;
  const bottom = pixels[at + size]! + (pixels[at + size + 1]! - pixels[at + size]!) * fx;
  return top + (bottom - top) * fy;
}
