import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { classCount, facePixels, type FaceSet } from "../../../../src/training/data/face-set.js";
import { defaultBoxConvention, boxFromPoints } from "../../../../src/training/detector/box-convention.js";
import { decodePhoto } from "../../../../src/training/detector/decode-photo.js";
import { pastedFaces } from "../../../../src/training/detector/pasted-faces.js";
import type { LabelledPhoto } from "../../../../src/training/detector/photos.js";

describe("pasted faces", () => {
  it("lie where their points say, eight in a picture, apart from each other, the same each time", async () => {
    const photos = await pastedFaces(white(3), [], 4);
    expect(photos).toEqual(await pastedFaces(white(3), [], 4));
    for (const photo of photos) {
      expect([photo.set, photo.held, photo.faces.length]).toEqual(["pasted", false, 8]);
      const { width, height, data } = await decodePhoto(photo);
      const boxes = photo.faces.map(({ points }) => boxFromPoints(points!, defaultBoxConvention));
      for (const [i, { x, y, width: w, height: h }] of boxes.entries()) {
        expect(Math.min(x, y, width - x - w, height - y - h)).toBeGreaterThan(-5);
        for (const other of boxes.slice(i + 1)) expect(Math.abs(other.x + other.width / 2 - x - w / 2) > 20 || Math.abs(other.y + other.height / 2 - y - h / 2) > 20).toBe(true);
        // White, or tinted: red stays at its most.
        expect(data[(Math.round(y + h / 2) * width + Math.round(x + w / 2)) * 3]).toBeGreaterThan(240);
      }
    }
  });

  it("stand on a room in every other picture", async () => {
    const bytes = await sharp({ create: { width: 64, height: 48, channels: 3, background: { r: 10, g: 200, b: 10 } } }).png().toBuffer();
    const room: LabelledPhoto = { name: "negatives/1.jpg", set: "room", bytes, faces: [], held: false };
    const [onRoom, onPlain] = await Promise.all((await pastedFaces(white(1), [room], 2)).map((photo) => decodePhoto(photo)));
    expect(greens(onRoom!.data)).toBeGreaterThan((640 * 480) / 3);
    expect(greens(onPlain!.data)).toBe(0);
  });
});

/** Number of pixels that are green. */
function greens(data: Uint8Array): number {
  return Array.from({ length: data.length / 3 }, (_, i) => i * 3).filter((i) => data[i]! < 60 && data[i + 1]! > 150 && data[i + 2]! < 60).length;
}

function white(count: number): FaceSet {
  return { count, pixels: new Uint8Array(count * facePixels).fill(255), targets: new Float32Array(count * classCount), labels: new Uint8Array(count), agreement: new Float32Array(count), names: Array.from({ length: count }, String) };
}
