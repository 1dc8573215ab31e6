// FFmpeg's own words, told apart into codes. Pure.

import { AppError, type ErrorCode } from "../core/errors.js";

interface Rule {
  readonly code: ErrorCode;
  readonly words: RegExp;
  /** Completes a sentence that begins with the redacted address. */
  readonly says: string;
}

// In order: the first rule that fits any line wins, so causes stand before consequences.
const rules: readonly Rule[] = [
  { code: "hwaccel_failed", words: /hwaccel|Device creation failed|No device available for decoder|Failed to (?:get HW surface|setup .*hardware)|device type \w+ needed/i, says: "could not be decoded by the hardware decoder asked for" },
  { code: "unauthorized", words: /\b401\b|Unauthorized|authorization failed/i, says: "refused the user name or password" },
  { code: "forbidden", words: /\b403\b|access denied|Permission denied|Operation not permitted/i, says: "refuses access" },
  { code: "not_found", words: /Failed to resolve hostname|Name or service not known|Temporary failure in name resolution|Name does not resolve|No address associated/i, says: "names a host that is not known" },
  { code: "not_found", words: /\b404\b|Not Found|No such file or directory|No such device/, says: "does not exist" },
  { code: "refused", words: /Connection refused/i, says: "cannot be reached: nothing listens at that address and port" },
  { code: "unreachable", words: /No route to host|Network is unreachable|Host is down|Network is down|Cannot assign requested address/i, says: "cannot be reached: there is no route to that host" },
  { code: "timeout", words: /timed out|Timeout|ETIMEDOUT/i, says: "did not answer in time" },
  { code: "no_video", words: /Format not on whitelist/i, says: "is no video of a kind that is read here (but a playlist, a text, a picture or sound, say)" },
  { code: "unsupported_protocol", words: /Protocol not found|not on whitelist|Protocol '.*' not|Nonmatching transport|\b461\b|Unsupported transport/i, says: "uses a protocol or transport that is not allowed or not built into FFmpeg" },
  { code: "picture_too_large", words: /exceeds specified max pixel count|Picture size \d+x\d+ is invalid/i, says: "has more pixels than allowed" },
  { code: "unsupported_codec", words: /no decoder found|Decoder .*not found|Unsupported codec|Could not find codec parameters.*unknown codec|Decoding requested, but/i, says: "has video that FFmpeg has no decoder for" },
  { code: "no_video", words: /matches no streams|does not contain any stream|Stream specifier .* in filtergraph/i, says: "has no moving picture" },
  { code: "corrupt", words: /moov atom not found|Invalid data found|partial file|ended prematurely|Error while decoding|Cannot determine format|invalid as first byte of an EBML|End of file|Truncat/i, says: "is damaged, breaks off, or is no video" },
  { code: "source_lost", words: /Connection reset|Broken pipe|ends prematurely at|Input\/output error|Server returned 5|\b50[0234]\b|Server disconnected/i, says: "broke the connection" },
];

const sentences: Readonly<Partial<Record<ErrorCode, string>>> = {
  corrupt: "could not be decoded",
  source_lost: "broke the connection",
  ffmpeg_failed: "could not be read: FFmpeg ended with an error",
};

export interface FailureContext {
  /** Address without credentials. */
  readonly shown: string;
  /** Code where no rule fits. */
  readonly whenUnknown: "corrupt" | "source_lost" | "ffmpeg_failed";
}

/** The error for a run of FFmpeg that failed. `lines`: what it said, redacted. The message is public; the words are its `detail`. */
export function classifyFailure(lines: readonly string[], context: FailureContext): AppError {
  const words = lines.map((line) => withoutAddresses(line, context.shown));
  const rule = rules.find((r) => words.some((line) => r.words.test(line)));
  const code = rule?.code ?? context.whenUnknown;
  return new AppError(code, `${context.shown} ${rule?.says ?? sentences[code] ?? "failed"}.`, { detail: lines.slice(-detailLines).join("\n") });
}

const detailLines = 8;

/** A port 401 or a file called `Not Found.mp4` is no answer of a server. */
function withoutAddresses(line: string, shown: string): string {
  return line.replaceAll(shown, "").replace(/[a-z][a-z0-9+.-]*:\/\/[^\s'"]+/gi, "");
}

/** True where FFmpeg said that the file stops before it should. It still exits with 0. */
export function saysTruncated(lines: readonly string[]): boolean {
  return lines.some((line) => /partial file|end(?:s|ed) prematurely|Truncat|Packet corrupt|Error during demuxing|premature end|Read error/i.test(line));
}

/** True where FFmpeg said that the network broke off. It still exits with 0. */
export function saysInterrupted(lines: readonly string[]): boolean {
  return lines.some((line) => /timed out|Connection reset|Input\/output error|Broken pipe|ends prematurely at/i.test(line));
}

/** True where FFmpeg refuses pictures because of `-max_pixels`. */
export function saysTooLarge(line: string): boolean {
  return line.includes("exceeds specified max pixel count");
}
