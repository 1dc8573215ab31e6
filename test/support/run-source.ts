// Runs a source and writes down what it tells. For tests of sources, not of what follows them.

import { silentLogger } from "../../src/core/logger.js";
import type { Frame } from "../../src/core/frame.js";
import type { DropReason, RunningSource, SourceEnd, SourceInfo, SourceOptions } from "../../src/core/source.js";
import { createFfmpegSource, type FfmpegSourceSettings } from "../../src/ingest/index.js";

/** What is remembered of a frame after its release. */
export interface FrameNote {
  readonly seq: number;
  readonly ptsMs: number;
  readonly epoch: number;
  readonly receivedAtMs: number;
  readonly source: string;
  readonly picture: string;
  readonly large: string | undefined;
}

/** A source under observation. */
export interface ObservedSource extends AsyncDisposable {
  readonly running: RunningSource;
  readonly frames: FrameNote[];
  readonly drops: DropReason[];
  readonly stalls: boolean[];
  info: SourceInfo | undefined;
  decoded: number;
  /** Resolves when the condition holds, looked at after each event; rejects when the source ends first. */
  until(condition: (source: ObservedSource) => boolean): Promise<void>;
}

export type TestOptions = Partial<SourceOptions> & Partial<Pick<FfmpegSourceSettings, "maxPixels" | "maxMemoryBytes" | "privateSources" | "resolveHost">>;

/** Default options of a source in tests. */
export const testOptions: Omit<SourceOptions, "url"> = {
  transport: "tcp",
  maxSide: 640,
  largeMaxSide: 0,
  realtime: false,
  loop: false,
  openTimeoutMs: 20_000,
  stallAfterMs: 5000,
  stallTimeoutMs: 10_000,
  poolFrames: 4,
  backpressure: "wait",
  firstSeq: 0,
  epoch: 0,
};

/** Opens a source. `onFrame` looks at each frame before it is released; when it answers `"keep"` it has taken the frame over. */
export function observeSource(url: string, { maxPixels = 2 ** 26, maxMemoryBytes = 0, privateSources = true, resolveHost, ...options }: TestOptions = {}, onFrame?: (frame: Frame) => void | "keep"): ObservedSource {
  const open = createFfmpegSource({ ffmpeg: "ffmpeg", ffprobe: "ffprobe", maxPixels, maxMemoryBytes, privateSources, ...(resolveHost && { resolveHost }), logger: silentLogger() });
  const waiting: { condition: (source: ObservedSource) => boolean; done: () => void }[] = [];
  const changed = () => {
    for (const w of waiting) if (w.condition(observed)) w.done();
  };
  const running = open({ ...testOptions, ...options, url }, {
    onInfo: (info) => {
      observed.info = info;
      changed();
    },
    onDecoded: () => {
      observed.decoded += 1;
    },
    onFrame: (frame) => {
      observed.frames.push(note(frame));
      if (onFrame?.(frame) !== "keep") frame.release();
      changed();
    },
    onDropped: (reason) => {
      observed.drops.push(reason);
      changed();
    },
    onStalled: (stalled) => {
      observed.stalls.push(stalled);
      changed();
    },
  });
  const observed: ObservedSource = {
    running,
    frames: [],
    drops: [],
    stalls: [],
    info: undefined,
    decoded: 0,
    until: (condition) =>
      new Promise((done, fail) => {
        if (condition(observed)) return done();
        waiting.push({ condition, done });
        void running.closed.then(({ reason, error }) => fail(new Error(`The source ended first: ${reason} ${error?.code ?? ""} ${error?.message ?? ""} ${error?.detail ?? ""}`)));
      }),
    [Symbol.asyncDispose]: async () => {
      running.close();
      await running.closed;
    },
  };
  return observed;
}

/** Runs a source to its own end. */
export async function runSource(url: string, options: TestOptions = {}, onFrame?: (frame: Frame) => void | "keep"): Promise<{ source: ObservedSource; end: SourceEnd }> {
  const source = observeSource(url, options, onFrame);
  return { source, end: await source.running.closed };
}

function note(frame: Frame): FrameNote {
  const { seq, ptsMs, epoch, receivedAtMs, picture, large } = frame;
  return { seq, ptsMs, epoch, receivedAtMs, source: `${frame.sourceWidth}x${frame.sourceHeight}`, picture: sizeOf(picture), large: large === undefined ? undefined : sizeOf(large) };
}

function sizeOf(picture: { readonly width: number; readonly height: number }): string {
  return `${picture.width}x${picture.height}`;
}
