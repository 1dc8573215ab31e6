// How well a film can be analysed, in numbers: collected frame by frame while it is, and kept in its record.

import { z } from "zod";
import { emotionNames } from "../../../core/emotions.js";
import type { Face } from "../../../core/feed.js";
import type { FrameRecord } from "../../formats/types.js";
import { Histogram } from "./histogram.js";
import { Strip } from "./strip.js";

/** A face counts as turned away beyond these. Degrees. Roll does not count: crops are turned upright. */
export const turnedBeyond = { yaw: 30, pitch: 25 } as const;
/** A face below counts as blurred. The unit is that of `sharpness`. */
export const blurredBelow = 0.04;

const share = z.number().min(0).max(1);
const spread = z.object({ median: z.number(), p10: z.number() });

/** Measures of one film. What has no faces to be measured on is absent. */
export const qualitySchema = z.object({
  frames: z.int().describe("Frames with a result."),
  missing: z.int().describe("Frames without one, before the last result."),
  durationMs: z.number().describe("From time 0 to the end of the last frame."),
  faces: z.int().describe("Faces over all frames."),
  withFace: z.int().describe("Frames with a face."),
  withSeveral: z.int().describe("Frames with more than one."),
  mostFaces: z.int().describe("Most faces of one frame."),
  tracks: z.int(),
  longestGapMs: z.number().describe("Longest time without a face, also at start and end."),
  facePx: spread.optional().describe("Shorter side of the faces' boxes."),
  sharpness: spread.optional(),
  blurred: share.optional().describe("Share of faces."),
  turned: share.optional().describe("Share of faces."),
  uncertain: share.optional().describe("Share of faces."),
  emotions: z.array(share).length(emotionNames.length).optional().describe("Means over all faces, in the order anger to neutral."),
  strip: z.object({ binMs: z.number(), bins: z.array(z.object({ face: share, emotions: z.array(share).optional() })) }),
});

export type Quality = z.infer<typeof qualitySchema>;

/** Collects the measures of one film. Memory: fixed, but for the ids of its tracks. */
export class QualityMeter {
  readonly #strip = new Strip();
  readonly #sizes = new Histogram(1);
  readonly #sharpness = new Histogram(0.001);
  readonly #tracks = new Set<number>();
  readonly #emotionSums = emotionNames.map(() => 0);
  readonly #counts = { frames: 0, missing: 0, faces: 0, withFace: 0, withSeveral: 0, mostFaces: 0, measured: 0, blurred: 0, posed: 0, turned: 0, uncertain: 0 };
  #nextSeq = 0;
  #endMs = 0;
  #previousMs: number | undefined;
  #frameMs = 40;
  /** Whether the frame before has a face, and until when one was there before it. */
  #faceBefore = false;
  #seenMs = 0;
  #longestGapMs = 0;

  /** Frames come in order. */
  add(record: FrameRecord): void {
    const { seq, timeMs, faces } = record;
    const counts = this.#counts;
    counts.missing += seq - this.#nextSeq;
    this.#nextSeq = seq + 1;
    counts.frames += 1;
    // A frame is seen until the next one; the last as long as the one before it.
    if (this.#previousMs !== undefined && timeMs > this.#previousMs) this.#frameMs = timeMs - this.#previousMs;
    this.#previousMs = timeMs;
    this.#endMs = timeMs + this.#frameMs;
    this.#strip.add(record);
    counts.mostFaces = Math.max(counts.mostFaces, faces.length);
    counts.withSeveral += faces.length > 1 ? 1 : 0;
    if (this.#faceBefore) this.#seenMs = timeMs;
    this.#faceBefore = faces.length > 0;
    if (this.#faceBefore) {
      counts.withFace += 1;
      this.#longestGapMs = Math.max(this.#longestGapMs, timeMs - this.#seenMs);
    }
    for (const face of faces) this.#addFace(face);
  }

  /** The measures of what was added. */
  result(): Quality {
    const lastGapMs = this.#faceBefore ? 0 : this.#endMs - this.#seenMs;
    const { binMs, bins } = this.#strip.result();
    const { frames, missing, faces, withFace, withSeveral, mostFaces, measured, blurred, posed, turned, uncertain } = this.#counts;
    const [facePx, sharpness] = [spreadOf(this.#sizes), spreadOf(this.#sharpness)];
    return {
      frames,
      missing,
      durationMs: whole(this.#endMs),
      faces,
      withFace,
      withSeveral,
      mostFaces,
      tracks: this.#tracks.size,
      longestGapMs: whole(Math.max(this.#longestGapMs, lastGapMs)),
      ...(facePx && { facePx }),
      ...(sharpness && { sharpness }),
      ...(measured > 0 && { blurred: rounded(blurred / measured) }),
      ...(posed > 0 && { turned: rounded(turned / posed) }),
      ...(faces > 0 && { uncertain: rounded(uncertain / faces), emotions: this.#emotionSums.map((sum) => rounded(sum / faces)) }),
      strip: { binMs, bins },
    };
  }

  #addFace({ box, trackId, emotions, pose, sharpness, uncertain }: Face): void {
    const counts = this.#counts;
    counts.faces += 1;
    this.#tracks.add(trackId);
    this.#sizes.add(Math.min(box.width, box.height));
    for (const [i, name] of emotionNames.entries()) this.#emotionSums[i]! += emotions[name];
    counts.uncertain += uncertain ? 1 : 0;
    if (pose !== undefined) {
      counts.posed += 1;
      counts.turned += Math.abs(pose.yaw) > turnedBeyond.yaw || Math.abs(pose.pitch) > turnedBeyond.pitch ? 1 : 0;
    }
    if (sharpness !== undefined) {
      counts.measured += 1;
      counts.blurred += sharpness < blurredBelow ? 1 : 0;
      this.#sharpness.add(sharpness);
    }
  }
}

function spreadOf(histogram: Histogram): { median: number; p10: number } | undefined {
  const [median, p10] = [histogram.quantile(0.5), histogram.quantile(0.1)];
  return median === undefined || p10 === undefined ? undefined : { median, p10 };
}

/** Shares and means to 4 decimals, kept within 0 and 1 where sums of rounded numbers left it. */
function rounded(value: number): number {
  return Math.min(1, Math.max(0, Math.round(value * 10_000) / 10_000));
}

function whole(ms: number): number {
  return Math.max(0, Math.round(ms));
}
