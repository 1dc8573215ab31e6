// The demo clip against its truth: what the container says, and what the truth promises.

import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { emotionNames } from "../../../src/core/emotions.js";
import { clipFile, decodeClip, demoDir, probeClip, readComposites, readTruth, type Truth } from "./support.js";

describe("demo clip", () => {
  let truth: Truth;
  beforeAll(async () => {
    truth = await readTruth();
  });

  it("is a small H.264 file of the size, rate and length that its truth states", async () => {
    const { stream, ptsMs } = await probeClip();
    expect(stream).toMatchObject({ codec_name: "h264", pix_fmt: "yuv420p", width: truth.width, height: truth.height, r_frame_rate: `${truth.fps}/1` });
    expect(ptsMs.length).toBe(truth.frames.length);
    expect((await stat(clipFile)).size).toBeLessThan(2_000_000);
    expect(truth.frames.length / truth.fps).toBeCloseTo(20, 0);
    truth.frames.forEach((frame, i) => {
      expect(frame.index).toBe(i);
      expect(Math.abs(frame.ptsMs - (ptsMs[i] ?? Number.NaN))).toBeLessThan(1);
    });
  });

  it("tells of faces that lie in the picture, each once, with weights that sum to 1", () => {
    for (const { faces, index } of truth.frames) {
      expect(new Set(faces.map((face) => face.id)).size, `ids of frame ${index}`).toBe(faces.length);
      for (const { box, landmarks, emotions, dominant, visible } of faces) {
        expect(box.x < truth.width && box.y < truth.height && box.x + box.width > 0 && box.y + box.height > 0).toBe(true);
        expect(visible).toBeGreaterThan(0);
        for (const [x, y] of landmarks) expect(x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height).toBe(true);
        expect(Object.values(emotions).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 2);
        expect(emotions[dominant]).toBe(Math.max(...Object.values(emotions)));
      }
    }
  });

  it("shows three to four people of different size most of the time, and all seven emotions", () => {
    const counts = truth.frames.map((frame) => frame.faces.length);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(3);
    expect(Math.max(...counts)).toBe(4);
    const faces = truth.frames.flatMap((frame) => frame.faces);
    const heights = faces.map((face) => face.box.height);
    expect(Math.min(...heights)).toBeGreaterThan(50);
    expect(Math.max(...heights)).toBeGreaterThan(140);
    for (const name of emotionNames) expect(faces.filter((face) => face.emotions[name] === 1).length, name).toBeGreaterThan(20);
  });

  it("has one person leave on the right and come back, and pass behind another", () => {
    const third = truth.frames.map((frame) => frame.faces.find((face) => face.id === 3));
    const lastSeen = third.filter((face, i) => face !== undefined && third[(i + 1) % third.length] === undefined);
    expect(lastSeen.filter((face) => face !== undefined && face.box.x > truth.width - 25).length).toBe(1);
    const halfHidden = third.filter((face) => face !== undefined && face.visible < 0.5 && face.box.x > 0 && face.box.x + face.box.width < truth.width);
    expect(halfHidden.length).toBeGreaterThan(5);
  });

  it("moves smoothly, over the seam of the loop too", async () => {
    const pictures = await decodeClip(truth.width, truth.height, 1);
    const inside = pictures.slice(1).map((picture, i) => change(picture, pictures[i] ?? picture));
    const seam = change(pictures[0] ?? new Uint8Array(), pictures.at(-1) ?? new Uint8Array());
    expect(Math.min(...inside)).toBeGreaterThan(0);
    expect(seam).toBeLessThan(1.5 * Math.max(...inside));
    for (const [i, { faces }] of truth.frames.entries()) {
      for (const face of faces) {
        const before = truth.frames.at(i - 1)?.faces.find((other) => other.id === face.id);
        if (before === undefined) continue;
        expect(Math.hypot(face.box.x - before.box.x, face.box.y - before.box.y), `face ${face.id} in frame ${i}`).toBeLessThan(15);
      }
    }
  });
});

describe("composites", () => {
  it("are each made of at least 50 people", async () => {
    const { characters, expressions } = await readComposites();
    expect(characters.length).toBeGreaterThanOrEqual(3);
    for (const { people } of characters) expect(people).toBeGreaterThanOrEqual(50);
    for (const name of emotionNames) for (const { people } of expressions[name]) expect(people, name).toBeGreaterThanOrEqual(50);
  });

  it("are small stills, one of each emotion, and the only pictures here", async () => {
    const folder = join(demoDir, "faces");
    const { stills } = await readComposites();
    for (const name of emotionNames) {
      const bytes = await readFile(join(folder, stills[name].file));
      expect(bytes.length, name).toBeLessThan(80_000);
      const { width, height, format } = await sharp(bytes).metadata();
      expect({ width, height, format }).toEqual({ width: 256, height: 256, format: "png" });
    }
    expect((await readdir(folder)).toSorted()).toEqual([...emotionNames.map((name) => `${name}.png`), "composites.json"].toSorted());
  });
});

/** Mean difference of two pictures, bytes, on every seventh value. */
function change(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 7) sum += Math.abs((a[i] ?? 0) - (b[i] ?? 0));
  return sum / (a.length / 7);
}
