import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import type { LabelledPhoto } from "../../../../src/training/detector/photos.js";
import { isHeldOut, withoutRepeats } from "../../../../src/training/detector/split.js";
import { randomFor } from "../../../../src/training/random.js";

// Files 180 to 239 are a held block: 120 photos about it, no two alike.

const first = 150;
let portraits: LabelledPhoto[];

beforeAll(async () => {
  portraits = await Promise.all(Array.from({ length: 120 }, (_, i) => photo(`landmarks/${name(first + i)}`, first + i)));
});

describe("photos without repeats", () => {
  it("hold the whole held block, and no file within fifteen of it to train on", async () => {
    const kept = await withoutRepeats(portraits);
    const numbers = kept.map((p) => Number.parseInt(p.name.slice(10), 10));
    expect(numbers).toEqual([...range(150, 164), ...range(180, 239), ...range(255, 269)]);
    expect(kept.filter((p) => p.held).map((p) => p.name)).toEqual(range(180, 239).map((n) => `landmarks/${name(n)}`));
    for (const p of kept) expect(portraits).toContain(p);
  });

  it("show no held photo again in training, whatever was done to its file", async () => {
    const { bytes } = portraits[200 - first]!;
    const copies = [
      again("boxes/00001.jpg", bytes),
      again("boxes/00002.jpg", await sharp(bytes).jpeg({ quality: 35 }).toBuffer()),
      again("boxes/00003.jpg", await sharp(bytes).resize(190, 190).jpeg().toBuffer()),
      again("boxes/00004.jpg", await sharp(bytes).linear(0.8, 20).jpeg().toBuffer()),
      again("negatives/00005.jpg", await sharp(bytes).greyscale().jpeg().toBuffer()),
    ];
    const kept = await withoutRepeats([...copies, ...portraits]);
    for (const copy of copies) expect(kept, copy.name).not.toContain(copy);
    expect(kept).toContain(portraits[200 - first]);
  });

  it("stay twice where both are held, or both train", async () => {
    const { bytes: training } = portraits[0]!;
    const { bytes: held } = portraits[200 - first]!;
    const twice: LabelledPhoto[] = [
      again("boxes/00006.jpg", training),
      { ...again("boxes/00190.jpg", held), held: true },
    ];
    const kept = await withoutRepeats([...twice, ...portraits]);
    for (const p of [...twice, portraits[0]!, portraits[200 - first]!]) expect(kept, p.name).toContain(p);
  });

  it("leave photos of crowds and rooms beside a held block in training: they are in no order of persons", async () => {
    const beside = await Promise.all(["boxes", "negatives"].map((set, i) => photo(`${set}/00179.jpg`, 9000 + i)));
    expect(await withoutRepeats(beside)).toEqual(beside);
  });

  it("name a photo that cannot be read", async () => {
    const broken = { ...portraits[0]!, bytes: new Uint8Array(12) };
    await expect(withoutRepeats([broken])).rejects.toThrow(expect.objectContaining({ code: "invalid_picture", message: expect.stringContaining(broken.name) as string }));
    expect(await withoutRepeats([])).toEqual([]);
  });
});

/** Six by six patches of grey, others for each seed. */
async function photo(path: string, seed: number): Promise<LabelledPhoto> {
  const random = randomFor("patches", seed);
  const patches = Uint8Array.from({ length: 36 }, () => random.below(256));
  const bytes = await sharp(patches, { raw: { width: 6, height: 6, channels: 1 } }).resize(96, 96, { kernel: "cubic" }).jpeg({ quality: 90 }).toBuffer();
  return { name: path, set: "portrait", faces: [], held: isHeldOut(path), bytes };
}

/** A photo of a crowd with the pixels of another. */
function again(path: string, bytes: Uint8Array): LabelledPhoto {
  return { name: path, set: "boxes", faces: [], held: false, bytes };
}

function name(n: number): string {
  return `${String(n).padStart(5, "0")}.jpg`;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
