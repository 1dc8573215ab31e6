// FFmpeg is gone: was that the end of the source, or a failure? Its exit code alone does not tell (a cut file gives 0). Pure.

import { AppError } from "../core/errors.js";
import type { SourceAddress } from "./address.js";
import { classifyFailure, saysInterrupted, saysTruncated } from "./failure.js";
import type { ProbedVideo } from "./probe-report.js";

/** All that is known when FFmpeg has exited by itself. */
export interface EndFacts {
  readonly address: SourceAddress;
  readonly probe: ProbedVideo | undefined;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Redacted complaints. */
  readonly lines: readonly string[];
  readonly frames: number;
  readonly lastPtsMs: number;
  /** Bytes stopped in the middle of a frame. */
  readonly cut: boolean;
  readonly maxFps: number | undefined;
}

/** `undefined`: an orderly end. */
export function judgeEnd(facts: EndFacts): AppError | undefined {
  const { address, lines, frames } = facts;
  const { shown } = address;
  if (facts.signal !== null) return new AppError("ffmpeg_failed", `FFmpeg was ended from outside (${facts.signal}).`, { detail: lines.join("\n") });
  const endless = address.live && address.kind !== "http" && address.kind !== "https" && address.kind !== "hls";
  const clean = facts.exitCode === 0 && !facts.cut;
  if (frames === 0) return classifyFailure(lines, { shown, whenUnknown: address.live ? "source_lost" : "corrupt" });
  if (address.live) return clean && !endless ? undefined : new AppError("source_lost", `The connection to ${shown} was lost.`, { detail: lines.join("\n") });
  if (!clean) return classifyFailure(lines, { shown, whenUnknown: "ffmpeg_failed" });
  const broken = breaksOff(facts);
  if (broken && address.kind !== "file" && saysInterrupted(lines)) return new AppError("source_lost", `The connection to ${shown} was lost.`, { detail: lines.join("\n") });
  return broken ? new AppError("corrupt", `${shown} breaks off after ${(facts.lastPtsMs / 1000).toFixed(2)} s (${frames} frames).`, { detail: lines.join("\n") }) : undefined;
}

/** True where the file promised more than it gave: in FFmpeg's words, or by both its length and its frame count. */
function breaksOff({ probe, lines, frames, lastPtsMs, maxFps }: EndFacts): boolean {
  const complained = saysTruncated(lines) || saysInterrupted(lines);
  if (probe === undefined) return complained;
  const frameMs = Math.max(1000 / (probe.fps ?? 25), maxFps === undefined ? 0 : 1000 / maxFps);
  const stated = probe.videoDurationMs ?? probe.durationMs;
  const missingMs = stated === undefined ? undefined : probe.startSeconds * 1000 + stated - (lastPtsMs + frameMs);
  if (complained) return missingMs === undefined || missingMs > frameMs / 2 || (maxFps === undefined && frames < (probe.frameCount ?? 0));
  // Without such words: an index that names far more frames than came, over far more time. One long last frame is no break.
  const fewFrames = maxFps === undefined && probe.frameCount !== undefined && frames < probe.frameCount * 0.98 - 1;
  return fewFrames && missingMs !== undefined && missingMs > Math.max(2 * frameMs, 200);
}
