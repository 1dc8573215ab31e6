// How a file is opened: once for the analysis, once more at its own size to draw on.

import type { AnalysisSettings, Config } from "../core/config.js";
import type { SourceOptions } from "../core/source.js";
import type { FileRunOptions } from "../pipeline/index.js";

/** Larger films are drawn at this size. Pixels of the longest side. */
const annotatedMaxSide = 4096;

/** Frames that wait between decoder and drawing. */
const drawingPoolFrames = 4;

/** Settings of the analysing run. */
export function analysingRun(url: string, analysis: AnalysisSettings, ingest: Config["ingest"]): FileRunOptions {
  return { url, analysis, openTimeoutMs: ingest.openTimeoutMs, transport: ingest.transport, ...(ingest.hwaccel !== undefined && { hwaccel: ingest.hwaccel }) };
}

/** The same frames, at the file's own size. */
export function drawingSource(url: string, analysis: AnalysisSettings, ingest: Config["ingest"]): SourceOptions {
  return {
    url,
    transport: ingest.transport,
    maxSide: annotatedMaxSide,
    largeMaxSide: 0,
    ...(analysis.maxFps !== undefined && { maxFps: analysis.maxFps }),
    realtime: false,
    loop: false,
    ...(ingest.hwaccel !== undefined && { hwaccel: ingest.hwaccel }),
    openTimeoutMs: ingest.openTimeoutMs,
    stallAfterMs: ingest.stallAfterMs,
    stallTimeoutMs: ingest.stallTimeoutMs,
    poolFrames: drawingPoolFrames,
    backpressure: "wait",
    firstSeq: 0,
    epoch: 0,
  };
}
