import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { topEmotion } from "../../../src/core/emotions.js";
import { clientMessageSchema, frameMessageSchema } from "../../../src/core/feed.js";
import { iou } from "../../../src/core/geometry.js";
import { readEnvironment } from "../../../src/core/env.js";

const example = {
  type: "frame",
  v: 1,
  streamId: "lobby",
  seq: 184,
  ptsMs: 7360,
  receivedAt: "2026-11-23T18:00:07.401Z",
  latencyMs: 31,
  width: 640,
  height: 360,
  faces: [
    {
      trackId: 3,
      box: { x: 201, y: 57, width: 84, height: 84 },
      score: 0.998,
      landmarks: [[221, 88], [255, 87], [239, 108], [224, 121], [253, 120]],
      emotions: { anger: 0.01, disgust: 0, fear: 0.01, happiness: 0.91, sadness: 0.01, surprise: 0.03, neutral: 0.03 },
      smoothed: { anger: 0.01, disgust: 0, fear: 0.01, happiness: 0.9, sadness: 0.01, surprise: 0.03, neutral: 0.04 },
      label: "happiness",
      uncertain: false,
    },
  ],
};

describe("feed messages", () => {
  test("the documented frame fits its schema; one with a missing emotion does not", () => {
    expect(frameMessageSchema.parse(example)).toEqual(example);
    const broken = structuredClone(example) as { faces: { emotions: Partial<Record<string, number>> }[] };
    delete broken.faces[0]!.emotions["fear"];
    expect(frameMessageSchema.safeParse(broken).success).toBe(false);
  });

  test("a client message with an unknown field or a bad stream id is refused", () => {
    expect(clientMessageSchema.safeParse({ type: "subscribe", streams: ["lobby"], preview: "jpeg" }).success).toBe(true);
    expect(clientMessageSchema.safeParse({ type: "subscribe", stream: "lobby" }).success).toBe(false);
    expect(clientMessageSchema.safeParse({ type: "subscribe", streams: ["../x"] }).success).toBe(false);
    expect(clientMessageSchema.safeParse({ type: "shout" }).success).toBe(false);
  });
});

describe("values", () => {
  test("the top emotion is the most probable one, the first of equals", () => {
    expect(topEmotion({ anger: 0.1, disgust: 0.1, fear: 0.1, happiness: 0.4, sadness: 0.1, surprise: 0.1, neutral: 0.1 })).toEqual({ label: "happiness", probability: 0.4 });
    expect(topEmotion({ anger: 0.2, disgust: 0.2, fear: 0.2, happiness: 0.2, sadness: 0.2, surprise: 0, neutral: 0 }).label).toBe("anger");
  });

  test("iou: equal boxes 1, half shifted 1/3, apart 0, empty 0", () => {
    const box = { x: 0, y: 0, width: 10, height: 10 };
    expect(iou(box, box)).toBe(1);
    expect(iou(box, { ...box, x: 5 })).toBeCloseTo(1 / 3, 12);
    expect(iou(box, { ...box, x: 10 })).toBe(0);
    expect(iou({ ...box, width: 0 }, { ...box, width: 0 })).toBe(0);
  });

  test("iou is symmetric and within 0 and 1", () => {
    const boxes = fc.record({ x: fc.integer({ min: -50, max: 50 }), y: fc.integer({ min: -50, max: 50 }), width: fc.integer({ min: 0, max: 60 }), height: fc.integer({ min: 0, max: 60 }) });
    fc.assert(
      fc.property(boxes, boxes, (a, b) => {
        const value = iou(a, b);
        return value === iou(b, a) && value >= 0 && value <= 1;
      }),
    );
  });

  test("the environment: empty texts count as unset", () => {
    const env = readEnvironment("/opt/emostream", { EMOSTREAM_TOKEN: "", EMOSTREAM_CONFIG: "a.yaml", NO_COLOR: "1" });
    expect(env).toEqual({ configFile: "a.yaml", token: undefined, dataDir: "/opt/shared/data", noColor: true });
  });
});
