// Every frame of a file, as fast as the machine goes. The frame pool is the brake: a decoder that finds it empty waits.

import { catchError, map, Observable, throwError } from "rxjs";
import { detectionOf, uncertainBelowOf } from "../core/engine.js";
import { AppError, toAppError } from "../core/errors.js";
import type { Frame } from "../core/frame.js";
import { engineDropReason, type SourceInfo, type SourceOptions } from "../core/source.js";
import { analyseFrame, type AnalysedFrame } from "./analyse-frame.js";
import { FaceSequence } from "./face-sequence.js";
import { createFindFaces } from "./find-faces.js";
import { FrameLedger } from "./ledger.js";
import { losslessMap } from "./lossless-map.js";
import { SourceRun } from "./source-run.js";
import type { FileRun, FileRunDeps, FileRunOptions, FrameResult } from "./types.js";

/** A file that gives nothing for so long is given up: it lies on a network that hangs. */
const defaultStallTimeoutMs = 30_000;

/** From one key frame to the next at the usual 25 to 30 frames a second. With higher rates fewer workers find work at a time. */
const framesBetweenKeys = 7;

/** Results leave in order: while one frame takes its time, the workers that are done with those behind it go on with so many more. */
const framesAhead = 3;

/**
 * Opens a file at once and analyses it from the subscription to `result$` on (one subscriber). A frame that the engine
 * fails on twice ends the run with that error: a result without it would not be every frame's.
 * For the same file and settings the faces are the same with any number of workers.
 */
export function runFile(options: FileRunOptions, deps: FileRunDeps): FileRun {
  const { analysis, signal } = options;
  const { engine } = deps;
  const logger = deps.logger.child({ component: "pipeline" });
  // A frame that is followed from the one before keeps one worker busy, however many wait with it: each worker needs a key frame of its own, and there is one more to turn to
  // while what was found in the last frame is on its way into the next one's hints.
  const isTracked = detectionOf(analysis, engine.info) === "tracked";
  const inWork = isTracked ? (engine.concurrency + 1) * framesBetweenKeys + 1 : engine.concurrency + 1 + framesAhead;
  // Two more for the decoder.
  const poolFrames = Math.max(2, options.poolFrames ?? inWork + 2);
  const concurrency = Math.min(inWork, poolFrames);
  const ledger = new FrameLedger();
  const findFaces = createFindFaces(engine, analysis, { tries: 2, acrossEpochs: "break" });
  const sequence = new FaceSequence({ ...analysis, uncertainBelow: uncertainBelowOf(analysis, engine.info) }, "break");
  let failure: AppError | undefined;

  let opened!: (info: SourceInfo) => void;
  let neverOpened!: (error: AppError) => void;
  const info = new Promise<SourceInfo>((resolve, reject) => {
    opened = resolve;
    neverOpened = reject;
  });
  // Who only reads results learns of the failure there; this rejection then has no other listener.
  info.catch(() => undefined);

  const run = new SourceRun(deps.openSource, sourceOptions(options, poolFrames, engine.info.planar === true), ledger, { onInfo: opened });
  const cancel = (): void => {
    failure ??= new AppError("cancelled", "The analysis was stopped on request.");
    run.close("stopped");
  };
  if (signal?.aborted === true) cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  run.open();

  const analyse = (frame: Frame): Observable<AnalysedFrame> =>
    analyseFrame(findFaces, frame, () => run.drop(frame, "stopped")).pipe(
      catchError((error: unknown) => {
        const known = toAppError(error);
        run.drop(frame, engineDropReason(known.code));
        failure ??= known;
        return throwError(() => known);
      }),
    );

  const emit = ({ frame, found }: AnalysedFrame): FrameResult => {
    const result = run.settle(frame, () => sequence.add(frame, found));
    run.release(frame);
    return result;
  };

  const result$ = new Observable<FrameResult>((subscriber) => {
    const stop = (): void => subscriber.error(failure);
    if (signal?.aborted === true) {
      stop();
      return;
    }
    signal?.addEventListener("abort", stop, { once: true });
    subscriber.add(() => signal?.removeEventListener("abort", stop));
    subscriber.add(
      run.frames$
        .pipe(
          losslessMap(analyse, concurrency, { onDrop: (frame) => run.drop(frame, "stopped"), onDiscard: ({ frame }) => run.drop(frame, "stopped") }),
          map(emit),
        )
        .subscribe({
          next: (result) => subscriber.next(result),
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
    );
  });

  const close = async (): Promise<{ error?: AppError; warnings: readonly string[] }> => {
    const end = await run.end;
    failure ??= end.error;
    neverOpened(failure ?? new AppError("cancelled", "Stopped before the source was open."));
    await run.released;
    signal?.removeEventListener("abort", cancel);
    logger.debug({ counters: ledger.counters, code: failure?.code, detail: failure?.detail }, "file run closed");
    return { ...(failure === undefined ? {} : { error: failure }), warnings: end.warnings };
  };

  return {
    result$,
    info,
    closed: close(),
    get counters() {
      return ledger.counters;
    },
  };
}

function sourceOptions(options: FileRunOptions, poolFrames: number, isPlanar: boolean): SourceOptions {
  const { url, analysis, hwaccel, openTimeoutMs } = options;
  const stallTimeoutMs = options.stallTimeoutMs ?? defaultStallTimeoutMs;
  return {
    url,
    transport: options.transport ?? "tcp",
    maxSide: analysis.maxSide,
    largeMaxSide: analysis.largeMaxSide,
    ...(isPlanar && { pixelFormat: "yuv420p" as const }),
    ...(analysis.maxFps === undefined ? {} : { maxFps: analysis.maxFps }),
    realtime: false,
    loop: false,
    ...(hwaccel === undefined ? {} : { hwaccel }),
    openTimeoutMs,
    stallAfterMs: stallTimeoutMs,
    stallTimeoutMs,
    poolFrames,
    backpressure: "wait",
    firstSeq: 0,
    epoch: 0,
  };
}
