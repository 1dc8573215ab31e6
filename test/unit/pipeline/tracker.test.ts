// Ids of faces through everything that a scene does. Boxes are pixels, times milliseconds of pts.

import { describe, expect, test } from "vitest";
import type { Box } from "../../../src/core/geometry.js";
import { Tracker } from "../../../src/pipeline/tracker.js";

const square = (cx: number, cy: number, side = 80): Box => ({ x: cx - side / 2, y: cy - side / 2, width: side, height: side });

/** A small generator of the same numbers every time, 0 to 1 (Park and Miller, CACM 31, 1988). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Runs faces given as functions of time (undefined: not seen) and returns the ids that each one had, in order of appearance. */
function idsOf(tracker: Tracker, faces: readonly ((atMs: number) => Box | undefined)[], times: readonly number[]): number[][] {
  const ids = faces.map(() => new Set<number>());
  for (const atMs of times) {
    const seen = faces.flatMap((face, i) => {
      const box = face(atMs);
      return box === undefined ? [] : [{ i, box }];
    });
    const given = tracker.update(
      seen.map((s) => s.box),
      atMs,
    );
    expect(new Set(given).size).toBe(given.length);
    for (const [k, { i }] of seen.entries()) ids[i]!.add(given[k]!);
  }
  return ids.map((set) => [...set]);
}

const every = (stepMs: number, untilMs: number): number[] => Array.from({ length: Math.floor(untilMs / stepMs) + 1 }, (_, i) => i * stepMs);

type Face = (atMs: number) => Box | undefined;

const at =
  (cx: number, cy: number): Face =>
  () =>
    square(cx, cy);

/** Goes along x at pixels a millisecond. */
const walking =
  (fromX: number, y: number, v: number): Face =>
  (t) =>
    square(fromX + v * t, y);

/** Not seen from a time up to, and without, another. */
const unseen =
  (face: Face, from: number, to: number): Face =>
  (t) =>
    t >= from && t < to ? undefined : face(t);

const shaken =
  (face: Face, random: () => number): Face =>
  (t) => {
    const b = face(t)!;
    const side = b.width * (1 + 0.1 * (random() - 0.5));
    return { x: b.x + 6 * (random() - 0.5), y: b.y + 6 * (random() - 0.5), width: side, height: side };
  };

describe("two faces that cross", () => {
  const left = walking(100, 200, 0.2);
  const right = walking(500, 210, -0.2);

  test.each([15, 25, 60])("keep their ids when both are always seen, at %i frames a second", (fps) => {
    expect(idsOf(new Tracker(1000), [left, right], every(1000 / fps, 2000))).toEqual([[1], [2]]);
  });

  test("keep their ids when one hides the other", () => {
    expect(idsOf(new Tracker(1000), [left, unseen(right, 840, 1200)], every(40, 2000))).toEqual([[1], [2]]);
  });

  test("keep their ids when both are lost at the meeting", () => {
    expect(idsOf(new Tracker(1000), [unseen(left, 860, 1160), unseen(right, 860, 1160)], every(40, 2000))).toEqual([[1], [2]]);
  });

  test("keep their ids under jitter of the boxes", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = seeded(seed);
      expect(idsOf(new Tracker(1000), [shaken(left, random), shaken(right, random)], every(40, 2000))).toEqual([[1], [2]]);
    }
  });
});

describe("gaps", () => {
  const still = at(200, 200);

  test("a short one keeps the id, a long one ends it", () => {
    expect(idsOf(new Tracker(1000), [unseen(still, 400, 1300)], every(40, 3000))).toEqual([[1]]);
    expect(idsOf(new Tracker(1000), [unseen(still, 400, 1500)], every(40, 3000))).toEqual([[1, 2]]);
  });

  test("the limit is the one asked for", () => {
    expect(idsOf(new Tracker(200), [unseen(still, 400, 560)], every(40, 1000))).toEqual([[1]]);
    expect(idsOf(new Tracker(200), [unseen(still, 400, 640)], every(40, 1000))).toEqual([[1, 2]]);
  });

  test("with none allowed a face goes on from frame to frame and ends with the first frame that misses it", () => {
    expect(idsOf(new Tracker(0), [still], every(40, 1000))).toEqual([[1]]);
    expect(idsOf(new Tracker(0), [unseen(still, 400, 440)], every(40, 1000))).toEqual([[1, 2]]);
  });

  test("a moving face is found where it went", () => {
    expect(idsOf(new Tracker(1000), [unseen(walking(100, 200, 0.25), 640, 1000), at(330, 330)], every(40, 1800))).toEqual([[1], [2]]);
  });

  test("a break of the pts themselves counts as a gap", () => {
    const times = [...every(40, 400), ...every(40, 400).map((t) => t + 5000)];
    expect(idsOf(new Tracker(1000), [still], times)).toEqual([[1, 2]]);
  });

  test("a stream of few frames joins each to the next", () => {
    expect(idsOf(new Tracker(1000), [still], every(4000, 40_000))).toEqual([[1]]);
  });
});

test("faces enter and leave, and ids are never used again", () => {
  const faces = [
    unseen(at(100, 200), 1000, 9000),
    unseen(unseen(at(300, 200), 0, 400), 800, 9000),
    unseen(at(300, 200), 0, 2400),
    unseen(at(100, 200), 0, 2400),
  ];
  expect(idsOf(new Tracker(1000), faces, every(40, 3000))).toEqual([[1], [2], [3], [4]]);
});

test("a face that stays does not take the id of one that is missing beside it", () => {
  expect(idsOf(new Tracker(1000), [unseen(at(200, 200), 320, 900), at(260, 200)], every(40, 1600))).toEqual([[1], [2]]);
});

const cutScene = (t: number): Box[] => (t < 1000 ? [square(150, 150), square(400, 200)] : [square(270, 320), square(150, 150, 200)]);

test("a face between one that is missing and one that was just seen is the latter", () => {
  const tracker = new Tracker(1000);
  tracker.update([square(200, 200), square(280, 200)], 0);
  for (const t of every(40, 600).slice(1)) tracker.update([square(280, 200)], t);
  expect(tracker.update([square(240, 200)], 640)).toEqual([2]);
});

test("a scene cut gives new ids where the faces differ in place or size", () => {
  const tracker = new Tracker(1000);
  const ids = every(40, 2000).map((t) => tracker.update(cutScene(t), t));
  expect(ids.at(-1)).toEqual([3, 4]);
  expect(ids[0]).toEqual([1, 2]);
});

const circle = (phase: number) => (t: number) => square(300 + 150 * Math.cos(t / 900 + phase), 300 + 150 * Math.sin(t / 900 + phase));

test("works from time, not from the count of frames", () => {
  const random = seeded(7);
  const times: number[] = [];
  for (let t = 0; t < 6000; t += 10 + 180 * random()) times.push(t);
  expect(idsOf(new Tracker(1000), [circle(0), circle(2), circle(4)], times)).toEqual([[1], [2], [3]]);
});

test("a face that comes nearer keeps its id", () => {
  expect(idsOf(new Tracker(1000), [(t) => square(300, 300, 40 * Math.exp(t / 2000))], every(40, 4000))).toEqual([[1]]);
});

test("fifty faces, seen in another order in every frame, with misses", () => {
  const random = seeded(11);
  const tracker = new Tracker(1000);
  const faces = Array.from({ length: 50 }, (_, i) => ({ x: 60 + (i % 10) * 110, y: 60 + Math.floor(i / 10) * 110, phase: random() * 6 }));
  const idOf = new Map<number, number>();
  for (const t of every(40, 4000)) {
    const seen = faces
      .map((f, i) => ({ i, box: square(f.x + 30 * Math.sin(t / 400 + f.phase) + 3 * random(), f.y + 20 * Math.cos(t / 500 + f.phase) + 3 * random()) }))
      .filter(() => t === 0 || random() > 0.1)
      .toSorted(() => random() - 0.5);
    const ids = tracker.update(
      seen.map((s) => s.box),
      t,
    );
    for (const [k, { i }] of seen.entries()) {
      if (!idOf.has(i)) idOf.set(i, ids[k]!);
      expect(ids[k], `face ${i} at ${t} ms`).toBe(idOf.get(i));
    }
  }
  expect(new Set(idOf.values()).size).toBe(50);
});

function idsOfRandomScenes(): number[][] {
  const random = seeded(3);
  const tracker = new Tracker(500);
  return every(40, 4000).map((t) => tracker.update(Array.from({ length: Math.floor(random() * 12) }, () => square(random() * 640, random() * 360, 20 + random() * 120)), t));
}

test("the same input gives the same ids", () => {
  expect(idsOfRandomScenes()).toEqual(idsOfRandomScenes());
});

test("boxes that are not boxes do not hang or match", () => {
  const tracker = new Tracker(1000);
  const bad: Box[] = [
    { x: Number.NaN, y: 0, width: 10, height: 10 },
    { x: 0, y: 0, width: 0, height: 0 },
    { x: 0, y: 0, width: Number.POSITIVE_INFINITY, height: 1 },
  ];
  expect(tracker.update(bad, 0)).toEqual([1, 2, 3]);
  expect(tracker.update(bad, 40)).toEqual([4, 5, 6]);
});

test("clear ends every track; ids go on", () => {
  const tracker = new Tracker(1000);
  expect(tracker.update([square(1, 1)], 0)).toEqual([1]);
  tracker.clear();
  expect(tracker.ids).toEqual([]);
  expect(tracker.update([square(1, 1)], 40)).toEqual([2]);
});
