// Ingest: frames out of cameras, files and addresses, through FFmpeg. See README.md.

import type { OpenSource } from "../core/source.js";
import { FfmpegRun, type FfmpegSourceSettings } from "./ffmpeg-run.js";
import { detectVersion, type FfmpegVersion } from "./ffmpeg-version.js";

export { allowedSchemes, isLiveUrl, parseSource, type SourceAddress } from "./address.js";
export type { FfmpegSourceSettings } from "./ffmpeg-run.js";
export { limitConnecting } from "./connect-limit.js";
export type { ResolveHost, SourcePolicy } from "./source-policy.js";
export { openPushedSource } from "./pushed-source.js";
export { probeFile, type ProbeLimits } from "./probe.js";
export type { ProbedVideo } from "./probe-report.js";
export { createRedactor, redactUrl } from "./redact.js";

/** Sources that run one FFmpeg child each. Which FFmpeg is installed is asked once. */
export function createFfmpegSource(settings: FfmpegSourceSettings): OpenSource {
  let asked: Promise<FfmpegVersion> | undefined;
  const version = () => {
    asked ??= detectVersion(settings.ffmpeg).catch((error: unknown) => {
      asked = undefined; // it may be installed by the next time
      throw error;
    });
    return asked;
  };
  return (options, observer) => new FfmpegRun(settings, version, options, observer);
}
