// A source made of numbers and an engine that reads them: every pixel row carries the frame's number in its first pixel.

import { emotionNames, type EmotionScores } from "../../../src/core/emotions.js";
import type { DetectedFace, Engine, EngineInput } from "../../../src/core/engine.js";
import type { AppError } from "../../../src/core/errors.js";
import type { Frame } from "../../../src/core/frame.js";
import type { OpenSource, RunningSource, SourceEnd } from "../../../src/core/source.js";
import type { Face } from "../../../src/core/feed.js";

export interface FakeFilm {
  readonly frames: number;
  readonly width: number;
  readonly height: number;
  readonly frameMs: number;
  /** The source breaks off with it after the last frame. */
  readonly error?: AppError;
}

/** A source that waits while its pool is dry, like a decoder. `opened` lists all that were opened. */
export function fakeSource(film: FakeFilm): { readonly openSource: OpenSource; readonly opened: RunningSource[] } {
  const opened: RunningSource[] = [];
  const openSource: OpenSource = (options, observer) => {
    let free = options.poolFrames;
    const asked = { close: false };
    let seq = 0;
    let wake: (() => void) | undefined;
    const frame = (): Frame => {
      const data = new Uint8Array(film.width * film.height * 3).fill(90);
      data[0] = seq >> 8;
      data[1] = seq & 255;
      let released = false;
      return {
        seq,
        ptsMs: seq * film.frameMs,
        epoch: 0,
        receivedAtMs: Date.now(),
        sourceWidth: film.width,
        sourceHeight: film.height,
        picture: { width: film.width, height: film.height, pixelFormat: "rgb24", data },
        release() {
          if (released) throw new Error("released twice");
          released = true;
          free += 1;
          wake?.();
        },
      };
    };
    const play = async (): Promise<SourceEnd> => {
      await new Promise((resolve) => setImmediate(resolve));
      observer.onInfo({ width: film.width, height: film.height, live: false, frameCount: film.frames });
      while (seq < film.frames && !asked.close) {
        if (free === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        free -= 1;
        observer.onDecoded();
        observer.onFrame(frame());
        seq += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
      const head = { nextSeq: seq, epoch: 0, warnings: [] };
      if (asked.close) return { reason: "closed", ...head };
      return film.error === undefined ? { reason: "ended", ...head } : { reason: "failed", error: film.error, ...head };
    };
    const source: RunningSource = {
      close() {
        asked.close = true;
        wake?.();
      },
      closed: play(),
      get pool() {
        return { free, size: options.poolFrames };
      },
    };
    opened.push(source);
    return source;
  };
  return { openSource, opened };
}

/** Scores with most of the weight on one emotion. */
export function scores(label: (typeof emotionNames)[number], top = 0.7): EmotionScores {
  const rest = (1 - top) / (emotionNames.length - 1);
  return Object.fromEntries(emotionNames.map((n) => [n, n === label ? top : rest])) as Record<(typeof emotionNames)[number], number>;
}

/** An engine whose faces follow from the frame's number; every tenth frame has none. Answers come in a mixed order when it has workers. */
export function fakeEngine(concurrency: number, onAnalyze: (seq: number) => void = () => undefined): Engine {
  return {
    info: { name: "fake", version: "1.0.0", models: [{ name: "fake-detector", role: "detector", version: "1" }] },
    concurrency,
    async analyze(batch) {
      return Promise.all(
        batch.map(async (input) => {
          const seq = ((input.picture.data[0] ?? 0) << 8) + (input.picture.data[1] ?? 0);
          onAnalyze(seq);
          for (let i = 0; i < (concurrency > 1 ? (seq * 7) % 5 : 0); i += 1) await new Promise((resolve) => setImmediate(resolve));
          return seq % 10 === 9 ? [] : facesOf(seq, input);
        }),
      );
    },
    close: () => Promise.resolve(),
  };
}

function facesOf(seq: number, { picture: { width, height } }: EngineInput): DetectedFace[] {
  const side = Math.round(Math.min(width, height) / 3);
  const found = (x: number, y: number, label: (typeof emotionNames)[number]): DetectedFace => ({
    box: { x, y, width: side, height: side },
    score: 0.98765432,
    landmarks: [[x + side * 0.3, y + side * 0.4], [x + side * 0.7, y + side * 0.4], [x + side * 0.5, y + side * 0.6], [x + side * 0.35, y + side * 0.8], [x + side * 0.65, y + side * 0.8]],
    emotions: scores(label, 0.5 + 0.45 * Math.abs(Math.sin(seq / 9))),
  });
  const label = emotionNames[Math.floor(seq / 15) % emotionNames.length] ?? "neutral";
  return [found(width * 0.08 + (seq % 60) / 2, height * 0.2, label), found(width * 0.6, height * 0.55, "neutral")];
}

/** A face as the pipeline gives it. */
export function face(trackId: number, label: (typeof emotionNames)[number], top = 0.7): Face {
  return {
    trackId,
    box: { x: 10, y: 20.5, width: 30, height: 40 },
    score: 0.9,
    landmarks: [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]],
    emotions: { anger: 0, disgust: 0, fear: 0, happiness: 0, sadness: 0, surprise: 0, neutral: 0, [label]: top },
    smoothed: { anger: 0, disgust: 0, fear: 0, happiness: 0, sadness: 0, surprise: 0, neutral: 0, [label]: top },
    label,
    uncertain: top < 0.5,
  };
}
