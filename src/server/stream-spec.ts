// From what a client asked for to a complete stream: settings filled in from the configuration, files looked up in the media root.

import { analysisSchema, type AnalysisSettings, type Config } from "../core/config.js";
import { AppError } from "../core/errors.js";
import type { StreamSpec } from "../pipeline/types.js";
import { expectedMediaPath, resolveMediaPath } from "./media-path.js";
import type { AnalysisOverride, StreamRequest } from "./schemas.js";
import { analysisIssues, withoutMaxFps } from "./stream-patch.js";

/** What is known of a source from its text alone. */
export interface ParsedSource {
  /** `file` for paths; anything else is an address or device. */
  readonly kind: string;
  /** Address or absolute path, credentials included. */
  readonly target: string;
  /** The same without credentials. */
  readonly shown: string;
  /** True for cameras and live addresses. */
  readonly live: boolean;
}

/** Understands a source's text. @throws AppError `unsupported_protocol`, `invalid_request` */
export type ParseSource = (text: string) => ParsedSource;

/** How far file names are trusted: `media` only in the media root, `expected` there too but perhaps not yet, `any` from the operator. */
export type PathTrust = "media" | "expected" | "any";

/**
 * Completes a request.
 * @throws AppError `unsupported_protocol`, `invalid_request`, `outside_media_root`, `not_found`
 */
export async function completeSpec(id: string, request: StreamRequest, config: Config, parseSource: ParseSource, trust: PathTrust): Promise<StreamSpec> {
  const { kind, target, live } = parseSource(request.source);
  const hwaccel = request.hwaccel ?? config.ingest.hwaccel;
  return {
    id,
    source: kind === "file" ? await pathOf(request.source, target, config.server.mediaRoot, trust) : target,
    live,
    loop: !live && (request.loop ?? false),
    transport: request.transport ?? config.ingest.transport,
    ...(hwaccel === undefined ? {} : { hwaccel }),
    analysis: mergeAnalysis(config.analysis, request.analysis, "analysis"),
    ...configured(config),
  };
}

/** What a client that pushes its frames asked for. */
export interface PushedRequest {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly lossless: boolean;
  readonly settings?: AnalysisOverride | undefined;
}

/** How a pushed stream is shown where others show their address. */
export const pushedSource = "pushed by a client";

/** The stream of a client that pushes its frames: over when the client is gone, as fast as the client sends. */
export function pushedSpec(id: string, { lossless, settings }: PushedRequest, config: Config): StreamSpec {
  const analysis = withoutMaxFps(mergeAnalysis(config.analysis, settings));
  return { id, source: pushedSource, live: false, loop: false, lossless, transport: config.ingest.transport, analysis, ...configured(config) };
}

function configured({ ingest, reconnect }: Config): Pick<StreamSpec, "openTimeoutMs" | "stallAfterMs" | "stallTimeoutMs" | "poolFrames" | "reconnect"> {
  const { openTimeoutMs, stallAfterMs, stallTimeoutMs, poolFrames } = ingest;
  return { openTimeoutMs, stallAfterMs, stallTimeoutMs, poolFrames, reconnect };
}

/** A source's text for people: addresses without credentials, paths as they were written. */
export function shownSource(source: string, parseSource: ParseSource): string {
  const { kind, shown } = parseSource(source);
  return kind === "file" ? source : shown;
}

/** The configured settings with a client's differences, which its request has at the key `at`. @throws AppError `invalid_request` where both do not go together */
export function mergeAnalysis(base: AnalysisSettings, override: AnalysisOverride | undefined, at: "analysis" | "settings" = "settings"): AnalysisSettings {
  const merged = analysisSchema.safeParse({
    ...base,
    ...override,
    blur: { ...base.blur, ...override?.blur },
    episodes: { ...base.episodes, ...override?.episodes },
    baseline: { ...base.baseline, ...override?.baseline },
  });
  if (!merged.success) throw new AppError("invalid_request", "The analysis settings do not go together with the server's.", { issues: analysisIssues(merged.error, at) });
  return merged.data;
}

async function pathOf(text: string, target: string, mediaRoot: string, trust: PathTrust): Promise<string> {
  if (trust === "any") return target;
  // Paths of clients count from the media root, not from the working directory as `target` does.
  const path = /^file:/i.test(text) ? target : text;
  try {
    return await resolveMediaPath(path, mediaRoot);
  } catch (error) {
    // A stream that comes back before its file does fails by itself, where its owner can see it.
    if (trust === "expected" && error instanceof AppError && error.code === "not_found") return expectedMediaPath(path, mediaRoot);
    throw error;
  }
}
