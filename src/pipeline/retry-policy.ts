// Which failures a stream tries again after, and how long it waits.

import type { ErrorCode } from "../core/errors.js";
import type { ReconnectSettings } from "./types.js";

/** `retry`: with growing waiting times. `retry_slowly`: at the longest waiting time at once. `hopeless`: not at all. */
export type Outlook = "retry" | "retry_slowly" | "hopeless";

/** The address or this machine has to change first, whatever the source is. */
const hopeless: ReadonlySet<ErrorCode> = new Set(["unsupported_protocol", "ffmpeg_missing", "invalid_request", "invalid_config", "outside_media_root"]);

/**
 * Somebody has to mend something at the camera: its password, its settings. That happens without us being told, so a live
 * stream keeps trying, but slowly: cameras lock accounts after a few wrong passwords.
 */
const needsMending: ReadonlySet<ErrorCode> = new Set(["unauthorized", "forbidden", "source_not_allowed", "unsupported_codec", "no_video", "picture_too_large", "hwaccel_failed"]);

/** What can go wrong on the way to a file over the network, and right the next time. */
const transientForFiles: ReadonlySet<ErrorCode> = new Set(["timeout", "refused", "unreachable", "source_lost", "stalled", "resources_exhausted"]);

/** What a failure means for a live source, or for a file (`played`: it had delivered frames, so a retry would start over). */
export function outlook(code: ErrorCode, source: { readonly live: boolean; readonly loop: boolean; readonly played: boolean }): Outlook {
  if (hopeless.has(code)) return "hopeless";
  if (source.live) return needsMending.has(code) ? "retry_slowly" : "retry";
  if (source.played && !source.loop) return "hopeless";
  return transientForFiles.has(code) ? "retry" : "hopeless";
}

/**
 * Waiting time before the next attempt, milliseconds: exponential, with a random share taken off so that many streams do
 * not come back in step.
 * @param failures Attempts in a row that failed; 0 and 1 both wait the shortest time.
 * @param random From 0 to 1.
 */
export function retryDelayMs(settings: ReconnectSettings, failures: number, random: number): number {
  const { minDelayMs, maxDelayMs, factor, jitter } = settings;
  const full = Math.min(maxDelayMs, minDelayMs * factor ** Math.min(Math.max(0, failures - 1), 1000));
  return full * (1 - jitter * random);
}
