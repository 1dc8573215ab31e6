// The motion gate against what cameras do: noise, light that changes slowly, faces that come in at the border.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Frame, Picture } from "../../../src/core/frame.js";
import { cellsOf, differenceWithoutLight, longestPauseMs, MotionGate, noiseOf } from "../../../src/pipeline/motion-gate.js";
import { seeded } from "./live-simulation.js";

const [width, height] = [640, 360];

/** Brightness of an empty room: shelves, a window, a wall that grows darker. */
function room(x: number, y: number): number {
  const window = x > 400 && x < 520 && y > 60 && y < 200 ? 120 : 0;
  const shelf = x < 200 && (y >> 5) % 2 === 0 ? 35 : 0;
  return 60 + window + shelf + 40 * (y / height);
}

interface Scene {
  readonly noise: number;
  readonly gain?: number;
  readonly patch?: { readonly x: number; readonly y: number; readonly side: number; readonly contrast: number };
  readonly random: () => number;
}

/** A picture of the room; a table of Gaussian noise is read from another place in each picture, as making a million new numbers each time takes too long. */
const gaussian = (() => {
  const random = seeded(99);
  return Float32Array.from({ length: 1 << 17 }, () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
})();

function pictureOf({ noise, gain = 1, patch, random }: Scene): Picture {
  const data = new Uint8Array(width * height * 3);
  let at = Math.floor(random() * gaussian.length);
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inPatch = patch !== undefined && x >= patch.x && x < patch.x + patch.side && y >= patch.y && y < patch.y + patch.side;
      const value = gain * (room(x, y) + (inPatch ? patch.contrast : 0));
      const grey = Math.min(255, Math.max(0, value + noise * gaussian[(at += 7) & (gaussian.length - 1)]! + 0.5));
      data[k++] = grey;
      data[k++] = grey;
      data[k++] = grey;
    }
  }
  return { width, height, pixelFormat: "rgb24", data };
}

const frameOf = (n: number, picture: Picture) => ({ epoch: 0, ptsMs: n * 66, picture });

/** Whether a frame is still; if not, it is looked at. */
function passes(gate: MotionGate, frame: Pick<Frame, "epoch" | "ptsMs" | "picture">): boolean {
  const still = gate.isStill(frame);
  if (!still) gate.look(frame);
  return still;
}

/** A gate that has got to know the noise. */
function settled(scene: Scene, pictures = 20): { gate: MotionGate; stills: number; next: number } {
  const gate = new MotionGate();
  let stills = 0;
  for (let n = 0; n < pictures; n++) if (passes(gate, frameOf(n, pictureOf(scene)))) stills += 1;
  return { gate, stills, next: pictures };
}

test("noise of a sensor is no movement", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 9, noNaN: true }), fc.integer(), (noise, seed) => {
      const scene = { noise, random: seeded(seed) };
      const { gate, next } = settled(scene, 25);
      let looks = 0;
      for (let n = next; n < next + 14; n++) if (!passes(gate, frameOf(n, pictureOf(scene)))) looks += 1;
      // Two are due by time.
      expect(looks).toBeLessThanOrEqual(3);
    }),
    { numRuns: 8, endOnFailure: true },
  );
});

test("in so much noise that a face could hide in it, every picture is looked at", () => {
  const scene = { noise: 25, random: seeded(3) };
  expect(settled(scene, 40).stills).toBe(0);
});

test("slow changes of light are no movement", () => {
  fc.assert(
    fc.property(fc.double({ min: -0.1, max: 0.1, noNaN: true }), fc.double({ min: 0, max: 4, noNaN: true }), fc.integer(), (perSecond, noise, seed) => {
      const random = seeded(seed);
      const gate = new MotionGate();
      let looks = 0;
      for (let n = 0; n < 35; n++) {
        const still = passes(gate, frameOf(n, pictureOf({ noise, gain: 1 + (perSecond * n * 66) / 1000, random })));
        if (n >= 20 && !still) looks += 1;
      }
      expect(looks).toBeLessThanOrEqual(4);
    }),
    { numRuns: 8, endOnFailure: true },
  );
});

test("a small face that comes in at a border is a movement, also in noise", () => {
  const border = fc.integer({ min: 0, max: 3 });
  fc.assert(
    fc.property(border, fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 20, max: 60 }), fc.integer({ min: 30, max: 90 }), fc.boolean(), fc.double({ min: 0, max: 6, noNaN: true }), fc.integer(), (side, along, size, strength, darker, noise, seed) => {
      const random = seeded(seed);
      const { gate, next } = settled({ noise, random });
      // Half of it is in the picture.
      const x = side === 0 ? -size / 2 : side === 1 ? width - size / 2 : along * (width - size);
      const y = side === 2 ? -size / 2 : side === 3 ? height - size / 2 : along * (height - size);
      const patch = { x: Math.round(x), y: Math.round(y), side: size, contrast: darker ? -strength : strength };
      expect(passes(gate, frameOf(next, pictureOf({ noise, patch, random })))).toBe(false);
    }),
    { numRuns: 30, endOnFailure: true },
  );
});

test("a camera that turns, or a room that goes dark, moves as a whole", () => {
  const random = seeded(5);
  const turned = settled({ noise: 2, random });
  const { data, ...rest } = pictureOf({ noise: 2, random });
  const shifted = new Uint8Array(data.length);
  shifted.set(data.subarray(3 * 40));
  expect(passes(turned.gate, frameOf(turned.next, { ...rest, data: shifted }))).toBe(false);
});

describe("a look is due", () => {
  const still = pictureOf({ noise: 0, random: seeded(1) });

  test("after the longest pause, at any frame rate", () => {
    fc.assert(
      fc.property(fc.double({ min: 5, max: 240, noNaN: true }), (intervalMs) => {
        const gate = new MotionGate();
        let lookedMs = 0;
        for (let ptsMs = 0; ptsMs < 2500; ptsMs += intervalMs) {
          if (passes(gate, { epoch: 0, ptsMs, picture: still })) expect(ptsMs - lookedMs).toBeLessThanOrEqual(longestPauseMs);
          else {
            expect(ptsMs - lookedMs).toBeLessThanOrEqual(longestPauseMs + 1);
            lookedMs = ptsMs;
          }
        }
      }),
      { numRuns: 10 },
    );
  });

  test("at first, in a new epoch, at another size", () => {
    const gate = new MotionGate();
    expect(passes(gate, { epoch: 0, ptsMs: 0, picture: still })).toBe(false);
    expect(passes(gate, { epoch: 0, ptsMs: 40, picture: still })).toBe(true);
    expect(passes(gate, { epoch: 1, ptsMs: 0, picture: still })).toBe(false);
    expect(passes(gate, { epoch: 1, ptsMs: 40, picture: still })).toBe(true);
    const small = { width: 100, height: 200, pixelFormat: "rgb24", data: new Uint8Array(60_000) } as const;
    expect(passes(gate, { epoch: 1, ptsMs: 80, picture: small })).toBe(false);
    expect(passes(gate, { epoch: 1, ptsMs: 120, picture: small })).toBe(true);
  });
});

test("cells are means of their part; light comes off the difference; noise is told from it", () => {
  const tiny = { width: 128, height: 64, pixelFormat: "rgb24", data: new Uint8Array(128 * 64 * 3).fill(7) } as const;
  expect(cellsOf(tiny)).toMatchObject({ columns: 64, rows: 32 });
  expect(new Set(cellsOf(tiny).values)).toEqual(new Set([7]));
  expect(cellsOf({ width: 1, height: 1, pixelFormat: "rgb24", data: new Uint8Array([10, 20, 30]) })).toEqual({ columns: 64, rows: 64, values: new Float32Array(4096).fill(20) });
  const before = { columns: 4, rows: 1, values: Float32Array.from([10, 50, 90, 130]) };
  const brighter = { columns: 4, rows: 1, values: before.values.map((v) => 1.1 * v + 8) };
  for (const value of differenceWithoutLight(before, brighter)) expect(value).toBeCloseTo(0, 4);
  // A lamp.
  const lit = { columns: 4, rows: 1, values: before.values.map((v) => 1.5 * v) };
  expect(Math.max(...differenceWithoutLight(before, lit))).toBeGreaterThan(10);
  expect(noiseOf(gaussian.slice(0, 4000).map((v) => 3 * v))).toBeCloseTo(3, 0);
});
