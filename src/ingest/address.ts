// What kind of source a text names, and whether it is allowed.

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { AppError } from "../core/errors.js";
import type { SourceKind } from "../core/ffmpeg-input.js";
import { redactUrl } from "./redact.js";
import { checkWritten, type SourcePolicy } from "./source-policy.js";

/** A source address, understood. */
export interface SourceAddress {
  readonly kind: SourceKind;
  /** The URL with its credentials, or an absolute path. Never logged. */
  readonly target: string;
  /** The same without credentials, for people. */
  readonly shown: string;
  /** Cameras and live addresses: opened anew for ever. False for files, also those behind HTTP. */
  readonly live: boolean;
}

/** Schemes of addresses that are taken. */
export const allowedSchemes = ["rtsp", "rtsps", "http", "https", "file"] as const;

// Endings that name a finished file; everything else behind HTTP may go on for ever (MJPEG cameras, live HLS).
const fileEndings = /\.(mp4|m4v|mkv|webm|mov|avi|gif|mpg|mpeg|ts|m2ts|wmv|flv|ogv|3gp|h264|264|h265|265|hevc|mjpeg)$/i;
const longestAddress = 4096;

/**
 * Understands an address or a path (relative paths count from the working directory). Names are not resolved here: `checkedAddresses` does.
 * @throws AppError `unsupported_protocol`, `invalid_request`, `source_not_allowed`
 */
export function parseSource(text: string, policy: SourcePolicy = { privateSources: true }): SourceAddress {
  if (text.trim() === "") throw new AppError("invalid_request", "Expected a file path or an address for source, received nothing.");
  if (text.length > longestAddress || text.includes("\0")) throw new AppError("invalid_request", `Expected at most ${longestAddress} characters and no zero bytes for source.`);
  if (/^\/dev\/video\d+$/.test(text)) return { kind: "v4l2", target: text, shown: text, live: true };
  const scheme = /^\s*([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return fileAddress(resolve(text));
  const url = text.trim();
  switch (scheme) {
    case "file":
      return fileAddress(pathOfFileUrl(url));
    case "rtsp":
    case "rtsps":
      return { kind: scheme, target: checkedUrl(url, policy), shown: redactUrl(url), live: true };
    case "http":
    case "https": {
      const path = new URL(checkedUrl(url, policy)).pathname;
      const kind = /\.m3u8?$/i.test(path) ? "hls" : scheme;
      return { kind, target: url, shown: redactUrl(url), live: !fileEndings.test(path) };
    }
    default:
      throw new AppError("unsupported_protocol", `Expected an address that begins with ${allowedSchemes.map((s) => `${s}://`).join(", ")}, received ${scheme}://.`);
  }
}

/** True for cameras and live addresses. @throws AppError as `parseSource` */
export function isLiveUrl(text: string): boolean {
  return parseSource(text).live;
}

function fileAddress(path: string): SourceAddress {
  return { kind: "file", target: path, shown: path, live: false };
}

function pathOfFileUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new AppError("invalid_request", "Expected a file address such as file:///path/video.mp4 for source.", { cause: error });
  }
}

function checkedUrl(url: string, policy: SourcePolicy): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || parsed.hostname === "" || /\s/.test(url)) {
    throw new AppError("invalid_request", `Expected an address such as rtsp://user:password@host:554/path for source, received ${redactUrl(url)}. Special characters in a password are written percent-encoded.`);
  }
  checkWritten(url, policy);
  return url;
}
