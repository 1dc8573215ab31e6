// Ids, smoothing, labels and coordinates of one stream's faces.

import { describe, expect, test } from "vitest";
import type { EmotionScores } from "../../../src/core/emotions.js";
import { faceSchema } from "../../../src/core/feed.js";
import type { Frame } from "../../../src/core/frame.js";
import { FaceSequence } from "../../../src/pipeline/face-sequence.js";
import { face } from "./fakes.js";

const none: EmotionScores = { anger: 0, disgust: 0, fear: 0, happiness: 0, sadness: 0, surprise: 0, neutral: 0 };
const happy = { ...none, happiness: 1 };
const sad = { ...none, sadness: 1 };
const box = { x: 10, y: 10, width: 20, height: 20 };
const settings = { smoothingMs: 300, uncertainBelow: 0.5, trackGapMs: 1000, baseline: { mode: "off" as "off" | "first", seconds: 5 } };

function frame(seq: number, over: Partial<Frame> = {}): Frame {
  return {
    seq,
    ptsMs: seq * 100,
    epoch: 0,
    receivedAtMs: 1e12 + seq * 100,
    sourceWidth: 200,
    sourceHeight: 150,
    picture: { width: 100, height: 50, pixelFormat: "rgb24", data: new Uint8Array(0) },
    release: () => undefined,
    ...over,
  };
}

test("smooths along the track by pts, and labels from the smoothed scores", () => {
  const sequence = new FaceSequence(settings, "break");
  sequence.add(frame(0), [face(box, happy)]);
  const { faces } = sequence.add(frame(1), [face(box, sad)]);
  const keep = Math.exp(-100 / 300);
  expect(faces[0]).toMatchObject({ trackId: 1, label: "happiness", uncertain: false, emotions: { sadness: 1, happiness: 0 } });
  expect(faces[0]!.smoothed.happiness).toBeCloseTo(keep, 4);
  expect(faces[0]!.smoothed.sadness).toBeCloseTo(1 - keep, 4);
  const late = sequence.add(frame(3), [face(box, sad)]).faces[0]!;
  expect(late.label).toBe("sadness");
  expect(late.smoothed.happiness).toBeCloseTo(keep ** 3, 4);
});

test("a face below the threshold of certainty says so", () => {
  const sequence = new FaceSequence(settings, "break");
  const mixed = { ...none, anger: 0.49, fear: 0.48, neutral: 0.03 };
  expect(sequence.add(frame(0), [face(box, mixed)]).faces[0]).toMatchObject({ label: "anger", uncertain: true });
  expect(sequence.add(frame(1), [face(box, { ...mixed, anger: 0.9, fear: 0.1, neutral: 0 })]).faces[0]).toMatchObject({ label: "anger", uncertain: false });
});

test("every face fits the feed's schema, in source pixels, both axes by their own factor", () => {
  const sequence = new FaceSequence(settings, "break");
  const result = sequence.add(frame(0, { ptsMs: 33.3666666 }), [face({ x: -3.333, y: 10, width: 20, height: 20 }, { ...none, anger: 1 / 3, fear: 2 / 3 })]);
  expect(faceSchema.parse(result.faces[0])).toEqual(result.faces[0]);
  expect(result).toMatchObject({ ptsMs: 33.367, width: 200, height: 150, faces: [{ box: { x: -6.7, y: 30, width: 40, height: 60 }, emotions: { anger: 0.3333, fear: 0.6667 } }] });
});

test("only faces of this frame are reported, none that coasts", () => {
  const sequence = new FaceSequence(settings, "break");
  sequence.add(frame(0), [face(box, happy)]);
  expect(sequence.add(frame(1), []).faces).toEqual([]);
  expect(sequence.add(frame(2), [face(box, happy)]).faces[0]!.trackId).toBe(1);
});

test("an engine without emotions: unknown is uniform and uncertain, later the last known stands", () => {
  const sequence = new FaceSequence(settings, "break");
  expect(sequence.add(frame(0), [face(box)]).faces[0]).toMatchObject({ uncertain: true, emotions: { anger: 0.1429, neutral: 0.1429 } });
  expect(sequence.add(frame(1), [face(box, sad)]).faces[0]).toMatchObject({ label: "sadness", smoothed: { sadness: 1 } });
  expect(sequence.add(frame(2), [face(box)]).faces[0]).toMatchObject({ label: "sadness", emotions: { sadness: 1 }, smoothed: { sadness: 1 }, uncertain: false });
});

test("between two classifications the last emotions stand, say how old they are, and are smoothed from one to the next", () => {
  const sequence = new FaceSequence({ ...settings, baseline: { mode: "first", seconds: 0.5 } }, "break");
  sequence.add(frame(0), [face(box, happy)]);
  const carried = sequence.add(frame(3), [face({ ...box, x: 12 })]).faces[0]!;
  expect(carried).toMatchObject({ trackId: 1, carriedMs: 300, emotions: happy, smoothed: happy, box: { x: 24 } });
  const measured = sequence.add(frame(6), [face(box, sad)]).faces[0]!;
  expect(measured).not.toHaveProperty("carriedMs");
  expect(measured.smoothed.happiness).toBeCloseTo(Math.exp(-600 / 300), 4);
  expect(measured.corrected).toBeDefined();
  const later = sequence.add(frame(7), [face(box)]).faces[0]!;
  expect(later).toEqual({ ...measured, carriedMs: 100 });
  expect(faceSchema.parse(later)).toEqual(later);
});

test("faces that cannot be drawn are left out", () => {
  const sequence = new FaceSequence(settings, "break");
  const result = sequence.add(frame(0), [face({ ...box, x: Number.NaN }), face({ ...box, width: 0 }), face(box, happy)]);
  expect(result.faces.map((f) => f.trackId)).toEqual([1]);
});

test("a baseline: each emotion's median over the first seconds, taken off the smoothed scores from then on, for each track", () => {
  const sequence = new FaceSequence({ ...settings, smoothingMs: 0, baseline: { mode: "first", seconds: 0.5 } }, "break");
  const resting = (sadness: number) => ({ ...none, sadness, neutral: 1 - sadness });
  // Five frames within half a second; the outlier does not count.
  const early = [0.3, 0.4, 1, 0.2, 0.3].map((sadness, i) => sequence.add(frame(i), [face(box, resting(sadness))]).faces[0]!);
  expect(early.every((f) => f.corrected === undefined)).toBe(true);
  const other = { x: 70, y: 10, width: 20, height: 20 };
  const [first, second] = sequence.add(frame(5), [face(box, { ...none, sadness: 0.5, happiness: 0.5 }), face(other, happy)]).faces;
  expect(first!.corrected).toEqual({ anger: 0, disgust: 0, fear: 0, happiness: 0.5, sadness: 0.2, surprise: 0, neutral: -0.7 });
  expect(first).toMatchObject({ emotions: { sadness: 0.5 }, smoothed: { sadness: 0.5 } });
  expect(second!.corrected).toBeUndefined();
  const later = sequence.add(frame(10), [face(box, sad), face(other, happy)]).faces;
  expect(later[0]!.corrected).toMatchObject({ sadness: 0.7, neutral: -0.7 });
  expect(later[1]!.corrected).toMatchObject({ happiness: 0, neutral: 0 });
  expect(faceSchema.parse(later[0])).toEqual(later[0]);
});

describe("epochs", () => {
  test("a live stream keeps its faces over a short break, by the wall clock", () => {
    const sequence = new FaceSequence(settings, "wall-clock");
    sequence.add(frame(5, { ptsMs: 90_000 }), [face(box, happy)]);
    const soon = sequence.add(frame(6, { epoch: 1, ptsMs: 0, receivedAtMs: 1e12 + 1200 }), [face(box, sad)]).faces[0]!;
    expect(soon.trackId).toBe(1);
    expect(soon.smoothed.happiness).toBeCloseTo(Math.exp(-700 / 300), 4);
    sequence.add(frame(7, { epoch: 1, ptsMs: 100, receivedAtMs: 1e12 + 1300 }), [face(box, sad)]);
    const late = sequence.add(frame(8, { epoch: 2, ptsMs: 0, receivedAtMs: 1e12 + 9000 }), [face(box, sad)]).faces[0]!;
    expect(late.trackId).toBe(2);
  });

  test("a file starts anew, whatever the clock of the machine says", () => {
    const sequence = new FaceSequence(settings, "break");
    sequence.add(frame(0, { ptsMs: 90_000 }), [face(box, happy)]);
    const next = sequence.add(frame(1, { epoch: 1, ptsMs: 0 }), [face(box, sad)]).faces[0]!;
    expect(next).toMatchObject({ trackId: 2, smoothed: { sadness: 1 } });
  });
});
