// Makes feed messages out of the pipeline's values.

import type { AnalysisSettings } from "../../core/config.js";
import { emotionNames } from "../../core/emotions.js";
import { uncertainBelowOf, type EngineInfo } from "../../core/engine.js";
import type { AppError } from "../../core/errors.js";
import { systemTime } from "../../core/even-clock.js";
import { feedVersion, type ByeMessage, type DropsMessage, type ErrorMessage, type FrameMessage, type HelloMessage, type Role, type StreamMessage } from "../../core/feed.js";
import type { PrivacyDeclaration } from "../../core/privacy.js";
import type { FrameResult, Stream } from "../../pipeline/types.js";
import type { Drops } from "./client-queue.js";

/** A frame's result, as it goes out now. */
export function frameMessage(streamId: string, result: FrameResult): FrameMessage {
  return {
    type: "frame",
    v: feedVersion,
    streamId,
    seq: result.seq,
    ...(result.frameId === undefined ? {} : { frameId: result.frameId }),
    ...(result.epoch === 0 ? {} : { epoch: result.epoch }),
    ptsMs: result.ptsMs,
    receivedAt: systemTime(result.receivedAtMs),
    ...(result.capturedAtMs === undefined ? {} : { capturedAt: new Date(result.capturedAtMs).toISOString() }),
    latencyMs: result.latencyMs,
    width: result.width,
    height: result.height,
    faces: [...result.faces],
  };
}

/** The present state and figures of a stream. */
export function streamMessage(streamId: string, stream: Stream, removed: boolean): StreamMessage {
  const { status, counters, lastSeq } = stream;
  return { type: "stream", v: feedVersion, streamId, seq: lastSeq, status, counters, ...(removed ? { removed } : {}) };
}

/** The first message on a connection. */
export function helloMessage(version: string, engine: EngineInfo, analysis: Pick<AnalysisSettings, "uncertainBelow" | "baseline">, streams: readonly string[], role: Role, privacy?: PrivacyDeclaration): HelloMessage {
  return {
    type: "hello",
    v: feedVersion,
    server: `emostream ${version}`,
    role,
    engine: { name: engine.name, version: engine.version, models: [...engine.models] },
    ...(engine.emotion && { emotion: engine.emotion }),
    uncertainBelow: uncertainBelowOf(analysis, engine),
    ...(analysis.baseline.mode === "first" && { baseline: { mode: "first", seconds: analysis.baseline.seconds } }),
    ...(privacy && { privacy }),
    labels: [...emotionNames],
    streams: [...streams],
  };
}

/** How much was left out for a client. */
export function dropsMessage({ frames, previews, episodes }: Drops): DropsMessage {
  return { type: "drops", v: feedVersion, frames, previews, ...(episodes > 0 && { episodes }) };
}

/** Why a client's message was refused. */
export function errorMessage(error: AppError, streamId?: string): ErrorMessage {
  return {
    type: "error",
    v: feedVersion,
    code: error.code,
    message: error.message,
    ...(streamId === undefined ? {} : { streamId }),
    ...(error.issues === undefined ? {} : { issues: [...error.issues] }),
  };
}

/** Why the server closes a connection. */
export function byeMessage(error: AppError): ByeMessage {
  return { type: "bye", v: feedVersion, code: error.code, message: error.message };
}
