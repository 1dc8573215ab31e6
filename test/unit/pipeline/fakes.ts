// A source and an engine that do what the test says, of the types that the pipeline declares.

import type { DetectedFace, Engine, EngineInfo, EngineInput } from "../../../src/core/engine.js";
import type { AppError } from "../../../src/core/errors.js";
import type { Frame } from "../../../src/core/frame.js";
import type { Box } from "../../../src/core/geometry.js";
import type { DropReason, OpenSource, RunningSource, SourceEnd, SourceInfo, SourceObserver, SourceOptions } from "../../../src/core/source.js";
import { analysisSchema } from "../../../src/core/config.js";
import type { EncodePreview, StreamSpec } from "../../../src/pipeline/index.js";

export const analysis = analysisSchema.parse({});

/** A camera's spec with short and exact times. */
export function spec(over: Partial<StreamSpec> = {}): StreamSpec {
  return {
    id: "lobby",
    source: "rtsp://127.0.0.1/lobby",
    live: true,
    loop: false,
    transport: "tcp",
    analysis,
    openTimeoutMs: 1000,
    stallAfterMs: 200,
    stallTimeoutMs: 1000,
    poolFrames: 6,
    reconnect: { minDelayMs: 100, maxDelayMs: 1000, factor: 2, jitter: 0 },
    ...over,
  };
}

/** A face of the given box in picture pixels. */
export function face(box: Box, emotions?: DetectedFace["emotions"]): DetectedFace {
  const { x, y, width: w, height: h } = box;
  return {
    box,
    score: 0.9,
    landmarks: [
      [x + 0.3 * w, y + 0.4 * h],
      [x + 0.7 * w, y + 0.4 * h],
      [x + 0.5 * w, y + 0.6 * h],
      [x + 0.35 * w, y + 0.8 * h],
      [x + 0.65 * w, y + 0.8 * h],
    ],
    ...(emotions === undefined ? {} : { emotions }),
  };
}

/** One opened source, driven by hand. The pool is counted: a frame released twice throws, a missing release shows in `pool.free`. */
export class FakeRun implements RunningSource {
  readonly closed: Promise<SourceEnd>;
  readonly pool: { free: number; size: number };
  readonly options: SourceOptions;
  closeCalls = 0;
  /** False: `close` does not end it, as a decoder that takes its time; call `finish`. */
  endsOnClose = true;
  nextSeq: number;
  finished = false;
  readonly #observer: SourceObserver;
  #resolve!: (end: SourceEnd) => void;

  constructor(options: SourceOptions, observer: SourceObserver) {
    this.options = options;
    this.#observer = observer;
    this.pool = { free: options.poolFrames, size: options.poolFrames };
    this.nextSeq = options.firstSeq;
    this.closed = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  info(info: Partial<SourceInfo> = {}): void {
    this.#observer.onInfo({ width: 200, height: 100, codec: "h264", fps: 25, live: true, ...info });
  }

  /** Decodes a frame and hands it over, or drops it as `pool_dry`. Returns its seq. */
  frame(over: Partial<Frame> = {}): number {
    const seq = this.nextSeq++;
    this.#observer.onDecoded();
    if (this.pool.free === 0) {
      this.#observer.onDropped("pool_dry");
      return seq;
    }
    this.pool.free -= 1;
    let released = false;
    this.#observer.onFrame({
      seq,
      ptsMs: seq * 40,
      epoch: this.options.epoch,
      receivedAtMs: performance.timeOrigin + performance.now(),
      sourceWidth: 200,
      sourceHeight: 100,
      picture: { width: 100, height: 50, pixelFormat: "rgb24", data: new Uint8Array(0) },
      release: () => {
        if (released) throw new Error(`frame ${seq} was released twice`);
        released = true;
        this.pool.free += 1;
      },
      ...over,
    });
    return seq;
  }

  /** Decodes a frame and neither hands it over nor drops it (yet). */
  decodeOnly(): void {
    this.nextSeq++;
    this.#observer.onDecoded();
  }

  drop(reason: DropReason): void {
    this.#observer.onDropped(reason);
  }

  stalled(value: boolean): void {
    this.#observer.onStalled(value);
  }

  close(): void {
    this.closeCalls += 1;
    if (this.endsOnClose) this.finish("closed");
  }

  finish(reason: SourceEnd["reason"], error?: AppError): void {
    this.finished = true;
    this.#resolve({ reason, ...(error === undefined ? {} : { error }), nextSeq: this.nextSeq, epoch: this.options.epoch, warnings: [] });
  }
}

/** Opens FakeRuns and keeps them. */
export class FakeSources {
  readonly runs: FakeRun[] = [];
  readonly open: OpenSource = (options, observer) => {
    const run = new FakeRun(options, observer);
    this.runs.push(run);
    return run;
  };

  get last(): FakeRun {
    return this.runs.at(-1)!;
  }
}

/** An engine that answers when it is told to. */
export class FakeEngine implements Engine {
  readonly info: EngineInfo;
  readonly concurrency: number;
  readonly calls: { readonly input: EngineInput; readonly answer: (faces?: readonly DetectedFace[]) => void; readonly fail: (error: unknown) => void }[] = [];

  constructor(concurrency = 1, follows = false) {
    this.concurrency = concurrency;
    this.info = { name: "fake", version: "0", models: [], ...(follows && { follows }) };
  }

  analyze(batch: readonly EngineInput[]): Promise<readonly (readonly DetectedFace[])[]> {
    return new Promise((resolve, reject) => {
      this.calls.push({ input: batch[0]!, answer: (faces = []) => resolve([faces]), fail: reject });
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A preview encoder that is done when it is told to be. */
export function encoder() {
  const jobs: { readonly seq: number; readonly done: (jpeg?: Uint8Array) => void; readonly fail: (error: unknown) => void }[] = [];
  const encodePreview: EncodePreview = (frame) =>
    new Promise((resolve, reject) => {
      jobs.push({ seq: frame.seq, done: (jpeg = new Uint8Array([frame.seq])) => resolve(jpeg), fail: reject });
    });
  return { jobs, encodePreview };
}

/** Lets everything that is due without a timer happen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
