import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Picture } from "../../../src/core/frame.js";
import { facePixels, faceSize, type FaceSet } from "../../../src/training/data/face-set.js";
import { trainingBatch } from "../../../src/training/augment.js";
import { recutFaces } from "../../../src/training/recut.js";
import { randomFor } from "../../../src/training/random.js";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.js";

const crop = { align: "box" as const, points: [], boxScale: 1, boxShift: 0 };
const never = new AbortController().signal;
let folder: TempFolder;

beforeEach(async () => {
  folder = await makeTempFolder();
});
afterEach(() => folder.remove());

describe("faces cut again", () => {
  it("show what was pasted, where it was found; elsewhere they stay as they are", async () => {
    const faces = ramps(6);
    let asked = 0;
    const find = async (picture: Picture) => (asked++ === 2 ? undefined : { box: whereNotPlain(picture) });
    const { pixels, found } = await recutFaces(faces, { find, crop, cache: folder.path, signal: never });
    expect([asked, found]).toEqual([6, 5]);
    const differences = Array.from({ length: 6 }, (_, i) => meanDifference(pixels, faces.pixels, i));
    expect(differences.filter((d) => d === 0)).toHaveLength(1);
    for (const d of differences) expect(d).toBeLessThan(12);
  });

  it("are no faces found elsewhere in the picture", async () => {
    const { found, pixels } = await recutFaces(ramps(3), { find: async () => ({ box: { x: -40, y: -40, width: 40, height: 40 } }), crop, cache: folder.path, signal: never });
    expect(found).toBe(0);
    expect(pixels).toEqual(ramps(3).pixels);
  });

  it("are cut once for the same faces and crop, and not when they are no longer wanted", async () => {
    let asked = 0;
    const options = { find: async (picture: Picture) => (asked++, { box: whereNotPlain(picture) }), crop, cache: folder.path, signal: never };
    const first = await recutFaces(ramps(4), options);
    expect(await recutFaces(ramps(4), options)).toEqual(first);
    expect(asked).toBe(4);
    await recutFaces(ramps(4), { ...options, crop: { ...crop, boxScale: 1.1 } });
    expect(asked).toBe(8);
    await expect(recutFaces(ramps(5), { ...options, signal: AbortSignal.abort() })).rejects.toThrow(expect.objectContaining({ code: "cancelled" }));
  });

  it("stand in a batch for their share of the pictures, with the targets of the others", () => {
    const faces = ramps(1);
    const still = { flip: 0, rotation: 0, scale: 0, shift: 0, shear: 0, contrast: 0, brightness: 0, blur: 0, coarse: 0, coarsest: 1, erasing: 0, erasedShare: 0, mixup: 0 };
    const batch = trainingBatch(faces, Array<number>(400).fill(0), faceSize, { mean: 0, deviation: 1 }, still, randomFor(1), { pixels: new Uint8Array(facePixels).fill(7), share: 0.25 });
    const other = Array.from({ length: 400 }, (_, i) => batch.pixels[i * facePixels + 100]!).filter((v) => Math.abs(v - 7) < 1e-3).length;
    expect(other).toBeGreaterThan(70);
    expect(other).toBeLessThan(130);
    expect(batch.targets.subarray(0, 7)).toEqual(faces.targets);
  });
});

/** Faces that grow lighter from one corner to the other, each at another pace. */
function ramps(count: number): FaceSet {
  const pixels = Uint8Array.from({ length: count * facePixels }, (_, k) => 30 + Math.floor(((k % faceSize) + 2 * (Math.floor(k / faceSize) % faceSize)) * (1 + Math.floor(k / facePixels) / (2 * count))));
  return { count, pixels, targets: Float32Array.from({ length: 7 * count }, (_, k) => (k % 7 === 3 ? 1 : 0)), labels: new Uint8Array(count).fill(3), agreement: new Float32Array(count).fill(1), names: Array.from({ length: count }, (_, i) => `${i}`) };
}

/** The box about all that differs from the picture's most frequent colour. */
function whereNotPlain({ data, width, height }: Picture) {
  const keys = Array.from({ length: width * height }, (_, i) => (data[i * 3]! << 16) | (data[i * 3 + 1]! << 8) | data[i * 3 + 2]!);
  const counts = new Map<number, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  const [ground] = [...counts].toSorted(([, a], [, b]) => b - a)[0]!;
  const at = keys.flatMap((key, i) => (key === ground ? [] : [i]));
  const [xs, ys] = [at.map((i) => i % width), at.map((i) => Math.floor(i / width))];
  const [left, top] = [xs.reduce((a, b) => Math.min(a, b)), ys.reduce((a, b) => Math.min(a, b))];
  return { x: left, y: top, width: xs.reduce((a, b) => Math.max(a, b)) - left + 1, height: ys.reduce((a, b) => Math.max(a, b)) - top + 1 };
}

function meanDifference(a: Uint8Array, b: Uint8Array, face: number): number {
  // Without the border, which fades.
  const inner = Array.from({ length: facePixels }, (_, k) => k).filter((k) => [k % faceSize, Math.floor(k / faceSize)].every((v) => v > 6 && v < faceSize - 7));
  return inner.reduce((sum, k) => sum + Math.abs(a[face * facePixels + k]! - b[face * facePixels + k]!), 0) / inner.length;
}
