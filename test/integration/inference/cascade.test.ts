import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DetectedFace, DetectSettings } from "../../../src/core/engine.js";
import type { Picture } from "../../../src/core/frame.js";
import { iou, type Box, type Landmarks } from "../../../src/core/geometry.js";
import { packageRoot } from "../../../src/core/package-info.js";
import type { Analyzer } from "../../../src/inference/analyzer.js";
import { openEmostreamAnalyzer } from "../../../src/inference/emostream-analyzer.js";
import { openMtcnnDetector } from "../../../src/inference/mtcnn/detector.js";
import { noisePicture } from "../../support/pixels.js";

// The cascade that ships, on pictures that nobody trained it for.
const folder = join(packageRoot, "models/detector");

const stills = join(packageRoot, "assets/demo/faces");
interface Still {
  readonly file: string;
  readonly box: Box;
  readonly landmarks: Landmarks;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

let faces: readonly (Still & { readonly name: string })[];
let analyzer: Analyzer;

describe("the cascade", { timeout: 240_000 }, () => {
  beforeAll(async () => {
    const { stills: own } = JSON.parse(await readFile(join(stills, "composites.json"), "utf8")) as { stills: Record<string, Still> };
    faces = Object.entries(own).map(([name, still]) => ({ ...still, name }));
    analyzer = await openEmostreamAnalyzer({ name: "emostream", maxFaces: 20, detector: { folder } });
  });
  afterAll(async () => {
    await analyzer.close();
  });

  describe("pictures without faces", () => {
    it("of any shape give none, down to one pixel", async () => {
      for (const [width, height] of [[1, 1], [1, 700], [700, 1], [2, 2], [12, 12], [11, 200], [200, 11], [12, 5000], [23, 23], [24, 24]] as const) {
        for (const shade of [0, 128, 255]) expect(await look(flat(width, height, shade)), `${width}x${height} of ${shade}`).toEqual([]);
        for (const settings of [{ minFaceSize: 12 }, { minFaceSize: 1 }, { minFaceSize: 1000 }]) await look(noisePicture(width, height, 3), settings);
      }
    });

    it("that are all black, all white or all noise give none", async () => {
      for (const picture of [flat(640, 480, 0), flat(640, 480, 255), noisePicture(640, 480, 1)]) expect(await look(picture)).toEqual([]);
    });
  });

  it("finds every composite face, where it is", async () => {
    for (const { file, name, box, landmarks } of faces) {
      const found = await look(await decoded(sharp(join(stills, file))));
      expect(found, name).toHaveLength(1);
      expect(iou(found[0]!.box, box), name).toBeGreaterThan(0.5);
      const eyes = landmarks[1][0] - landmarks[0][0];
      for (const [i, [x, y]] of found[0]!.landmarks.entries()) expect(Math.hypot(x - landmarks[i]![0], y - landmarks[i]![1]) / eyes, `${name} ${i}`).toBeLessThan(0.3);
    }
  });

  it("finds a face that fills the picture, and puts its box inside", async () => {
    for (const { file, name, box } of faces) {
      const picture = await decoded(sharp(join(stills, file)).extract(rounded(box)));
      const found = await look(picture);
      expect(found, name).toHaveLength(1);
      expect(iou(found[0]!.box, { x: 0, y: 0, width: picture.width, height: picture.height }), name).toBeGreaterThan(0.6);
    }
  });

  it("tells only what of a face lies in the picture, whichever edge cuts it", async () => {
    for (const { file, name, box } of faces) {
      for (const share of [0.15, 0.4, 0.7]) {
        for (const edge of ["left", "top", "right", "bottom"] as const) {
          const cut = cutAt(box, edge, share, 256);
          const found = await look(await decoded(sharp(join(stills, file)).extract(cut)));
          expect(found.length).toBeLessThanOrEqual(1);
          // What is found is the face: its box covers most of what is left of it.
          for (const own of found) expect(shareOf({ ...box, x: box.x - cut.left, y: box.y - cut.top }, own.box, cut), `${name} ${edge} ${share}`).toBeGreaterThan(0.5);
          if (edge === "bottom" && share < 0.3) expect(found, `${name} without a chin`).toHaveLength(1);
        }
      }
    }
  });

  describe("sizes and places", () => {
    it("asked for that do not fit the picture give none", async () => {
      const picture = await decoded(sharp(join(stills, faces[0]!.file)));
      for (const minFaceSize of [300, 1000, 1e9]) expect(await look(picture, { minFaceSize })).toEqual([]);
      for (const region of [{ x: 300, y: 0, width: 200, height: 200 }, { x: -300, y: -300, width: 250, height: 250 }, { x: 0, y: 0, width: 0, height: 0 }, { x: 10, y: 10, width: 1, height: 200 }, { x: 255, y: 255, width: 1, height: 1 }]) {
        expect(await look(picture, { regions: [region] }), JSON.stringify(region)).toEqual([]);
      }
    });

    it("at the picture's edge and far over it find what lies inside", async () => {
      const { file, box } = faces[6]!;
      const picture = await decoded(sharp(join(stills, file)));
      for (const region of [{ x: 0, y: 0, width: 256, height: 256 }, { x: 0, y: 20, width: 256, height: 236 }, { x: -40, y: -40, width: 336, height: 336 }, { x: -1e6, y: -1e6, width: 2e6, height: 2e6 }]) {
        const found = await look(picture, { regions: [region] });
        expect(found, JSON.stringify(region)).toHaveLength(1);
        expect(iou(found[0]!.box, box)).toBeGreaterThan(0.5);
      }
      // The same region many times over is the same face once.
      expect(await look(picture, { regions: Array.from({ length: 16 }, () => ({ x: 0, y: 0, width: 256, height: 256 })) })).toHaveLength(1);
    });
  });

  describe("a mosaic of 500 faces", () => {
    const [columns, rows, tile] = [25, 20, 52] as const;
    let mosaic: Picture;

    beforeAll(async () => {
      const tiles = await Promise.all(faces.map(({ file, box }) => tileOf(file, box, tile)));
      const parts = Array.from({ length: columns * rows }, (_, i) => ({ input: tiles[i % tiles.length]!, left: (i % columns) * tile, top: Math.floor(i / columns) * tile }));
      mosaic = await decoded(sharp({ create: { width: columns * tile, height: rows * tile, channels: 3, background: "#808080" } }).composite(parts));
    });

    it("is found nearly whole where so many are wanted", async () => {
      await using many = await opened(500);
      const found = await look(mosaic, undefined, many, 500);
      expect(found.length).toBeGreaterThan(450);
      const tiles = new Set(found.map(({ box }) => Math.floor((box.y + box.height / 2) / tile) * columns + Math.floor((box.x + box.width / 2) / tile)));
      expect(tiles.size).toBeGreaterThan(450);
    });

    it.each([1, 20])("gives %i where so many are wanted, a large one among the small ones first", async (maxFaces) => {
      await using few = await opened(maxFaces);
      expect(await look(mosaic, undefined, few, maxFaces)).toHaveLength(maxFaces);
      const large = 3 * tile;
      for (const [column, row] of [[10, 6], [0, 17]] as const) {
        const { width, height } = mosaic;
        const [left, top] = [column * tile, row * tile];
        const picture = await decoded(sharp(mosaic.data, { raw: { width, height, channels: 3 } }).composite([{ input: await tileOf(faces[6]!.file, faces[6]!.box, large), left, top }]));
        const found = await look(picture, undefined, few, maxFaces);
        expect(found).toHaveLength(maxFaces);
        expect(found[0]!.box.width).toBeGreaterThan(tile);
        expect(iou(found[0]!.box, { x: left, y: top, width: large, height: large })).toBeGreaterThan(0.2);
      }
    });
  });

  it("looks at an 8K picture as at one of its largest size, however small the faces asked for", async () => {
    await using own = await opened(20);
    const { file } = faces[6]!;
    const one = await sharp(join(stills, file)).resize(1600, 1600).toBuffer();
    const picture = await decoded(sharp({ create: { width: 7680, height: 4320, channels: 3, background: "#8090a0" } }).composite([{ input: one, left: 5000, top: 2000 }]));
    const before = bytesInBuffers();
    const found = await look(picture, { minFaceSize: 12 }, own);
    expect(found).toHaveLength(1);
    expect(iou(found[0]!.box, { x: 5000 + 440, y: 2000 + 330, width: 720, height: 830 })).toBeGreaterThan(0.4);
    // P-Net's input over 1920 x 1080 is 25 MB, over 7680 x 4320 it would be 398 MB; half-size copies are 2 MB.
    expect(bytesInBuffers() - before).toBeLessThan(100e6);
  });

  it("bounds the candidates of a picture in which every window is one", async () => {
    const detector = await openMtcnnDetector(folder, { maxFaces: 20, scoreThresholds: [0, 0, 0] });
    const found = await detector.detect(noisePicture(960, 540, 2));
    await detector.close();
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThanOrEqual(100 + 3 * 20 + 20 + 20);
  });

  it("keeps no more memory after 300 pictures of all sizes than after the first of them", async () => {
    const detector = await openMtcnnDetector(folder, { maxFaces: 20 });
    const still = await decoded(sharp(join(stills, faces[0]!.file)).resize(160, 160));
    let before = 0;
    for (let i = 0; i < 300; i++) {
      // Sizes up to 280 x 210, the largest among the first thirty: after these no buffer has to grow.
      const picture = i === 7 ? noisePicture(280, 210, i) : i % 3 === 0 ? still : noisePicture(40 + ((i * 37) % 240), 40 + ((i * 53) % 170), i);
      await detector.detect(picture);
      if (i === 30) before = bytesInBuffers();
    }
    expect(bytesInBuffers() - before).toBeLessThan(8e6);
    await detector.close();
  });
});

/** Every face in the picture, with area, finite, surely scored, largest first; at most as many as asked for. */
async function look(picture: Picture, detect?: DetectSettings, by = analyzer, maxFaces = 20): Promise<readonly DetectedFace[]> {
  const found = await by.analyze({ picture, ...(detect === undefined ? {} : { detect }) });
  expect(found.length).toBeLessThanOrEqual(maxFaces);
  for (const { box, score, landmarks } of found) {
    expect([box.x, box.y, box.width, box.height, score, ...landmarks.flat()].every(Number.isFinite)).toBe(true);
    expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(1);
    expect(Math.min(box.x, box.y)).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(picture.width + 1e-6);
    expect(box.y + box.height).toBeLessThanOrEqual(picture.height + 1e-6);
    expect(score).toBeGreaterThan(0);
    expect(score).toBeLessThanOrEqual(1);
  }
  const areas = found.map(({ box }) => box.width * box.height);
  expect(areas).toEqual(areas.toSorted((a, b) => b - a));
  return found;
}

async function opened(maxFaces: number): Promise<Analyzer & AsyncDisposable> {
  const own = await openEmostreamAnalyzer({ name: "emostream", maxFaces, detector: { folder } });
  return { ...own, [Symbol.asyncDispose]: () => own.close() };
}

/** Bytes outside of the JavaScript heap, in buffers that somebody still holds. */
function bytesInBuffers(): number {
  collectGarbage();
  const { external, arrayBuffers } = process.memoryUsage();
  return Math.max(external, arrayBuffers);
}

async function decoded(image: Sharp): Promise<Picture> {
  const { data, info } = await image.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, pixelFormat: "rgb24", data };
}

function flat(width: number, height: number, shade: number): Picture {
  return { width, height, pixelFormat: "rgb24", data: new Uint8Array(width * height * 3).fill(shade) };
}

function rounded({ x, y, width, height }: Box): { left: number; top: number; width: number; height: number } {
  return { left: Math.round(x), top: Math.round(y), width: Math.round(width), height: Math.round(height) };
}

/** A still without most of its margin, as a square of `side`. */
function tileOf(file: string, { x, y, width, height }: Box, side: number): Promise<Buffer> {
  const around = 1.5 * Math.max(width, height);
  return sharp(join(stills, file)).extract(rounded({ x: x + (width - around) / 2, y: y + (height - around) / 2, width: around, height: around })).resize(side, side).removeAlpha().png().toBuffer();
}

/** The part of a square still that is left when an edge takes away `share` of the face and all beyond. */
function cutAt({ x, y, width, height }: Box, edge: "left" | "top" | "right" | "bottom", share: number, side: number): { left: number; top: number; width: number; height: number } {
  const left = edge === "left" ? Math.round(x + share * width) : 0;
  const top = edge === "top" ? Math.round(y + share * height) : 0;
  const right = edge === "right" ? Math.round(x + (1 - share) * width) : side;
  const bottom = edge === "bottom" ? Math.round(y + (1 - share) * height) : side;
  return { left, top, width: right - left, height: bottom - top };
}

/** How much of the face's part in the picture a box covers. */
function shareOf(face: Box, box: Box, { width, height }: { readonly width: number; readonly height: number }): number {
  const [x, y] = [Math.max(0, face.x), Math.max(0, face.y)];
  const inside: Box = { x, y, width: Math.min(width, face.x + face.width) - x, height: Math.min(height, face.y + face.height) - y };
  const w = Math.min(box.x + box.width, inside.x + inside.width) - Math.max(box.x, inside.x);
  const h = Math.min(box.y + box.height, inside.y + inside.height) - Math.max(box.y, inside.y);
  return Math.max(0, w) * Math.max(0, h) / (inside.width * inside.height);
}
