// FFmpeg's words as FFmpeg 4.4 to 8 print them, and what becomes of them.

import { describe, expect, it } from "vitest";
import { classifyFailure, saysTruncated } from "../../../src/ingest/failure.js";

const context = { shown: "rtsp://***@cam/1", whenUnknown: "ffmpeg_failed" } as const;

describe("classifyFailure", () => {
  it.each([
    ["[error] rtsp://***@cam/1: Connection refused", "refused"],
    ["[tcp] [error] Connection to tcp://127.0.0.1:9?timeout=0 failed: Connection refused", "refused"],
    ["[rtsp] [error] method DESCRIBE failed: 401 Unauthorized", "unauthorized"],
    ["[error] http://h/x: Server returned 401 Unauthorized (authorization failed)", "unauthorized"],
    ["[error] http://h/x: Server returned 403 Forbidden (access denied)", "forbidden"],
    ["[error] /v/clip.mp4: Permission denied", "forbidden"],
    ["[error] /v/clip.mp4: No such file or directory", "not_found"],
    ["[error] rtsp://cam/1: Server returned 404 Not Found", "not_found"],
    ["[tcp] [error] Failed to resolve hostname nowhere: Name or service not known", "not_found"],
    ["[tcp] [error] Failed to resolve hostname nowhere: Temporary failure in name resolution", "not_found"],
    ["[error] rtsp://10.0.0.9/1: No route to host", "unreachable"],
    ["[error] rtsp://10.0.0.9/1: Network is unreachable", "unreachable"],
    ["[error] rtsp://cam/1: Connection timed out", "timeout"],
    ["[error] http://h/x: Operation timed out", "timeout"],
    ["[error] srt://h: Protocol not found", "unsupported_protocol"],
    ["[file] [error] Protocol 'file' not on whitelist 'http,https,tcp'!", "unsupported_protocol"],
    ["[rtsp] [error] method SETUP failed: 461 Unsupported transport", "unsupported_protocol"],
    ["[error] Decoder (codec none) not found for input stream #0:0", "unsupported_codec"],
    ["[error] Decoding requested, but no decoder found for: av1", "unsupported_codec"],
    ["[warning] Could not find codec parameters for stream 0 (Video: none, none, 320x240): unknown codec", "unsupported_codec"],
    ["[error] Stream specifier 'V:0' in filtergraph description [0:V:0] matches no streams.", "no_video"],
    ["[error] Output file #0 does not contain any stream", "no_video"],
    ["[mov,mp4] [error] moov atom not found", "corrupt"],
    ["[error] /v/x.mp4: Invalid data found when processing input", "corrupt"],
    ["[h264] [error] Picture size 9000x9000 exceeds specified max pixel count 1000", "picture_too_large"],
    ["[AVHWDeviceContext] [error] Device creation failed: -22.", "hwaccel_failed"],
    ["[h264] [error] No device available for decoder: device type vaapi needed for codec h264.", "hwaccel_failed"],
    ["[fatal] Unrecognized hwaccel: nosuch.", "hwaccel_failed"],
    ["[error] http://h/x: Server returned 5XX Server Error reply", "source_lost"],
    ["[tls] [error] Input/output error", "source_lost"],
    ["[error] Something new", "ffmpeg_failed"],
  ])("%s -> %s", (line, code) => {
    const error = classifyFailure(["[warning] first words", line], context);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^rtsp:\/\/\*\*\*@cam\/1 .*\.$/);
    expect(error.detail).toContain(line);
  });

  it("names the cause, not its consequence", () => {
    const lines = ["[rtsp] [error] method DESCRIBE failed: 401 Unauthorized", "[error] rtsp://cam/1: Invalid data found when processing input"];
    expect(classifyFailure(lines, context).code).toBe("unauthorized");
  });

  it("does not take numbers in addresses for answers", () => {
    for (const line of ["[error] rtsp://10.0.0.40:8404/cam401x: Something new", "[error] rtsp://10.0.0.40:401/404: Something new", "[error] rtsp://***@cam/1: Something new"]) {
      expect(classifyFailure([line], context).code).toBe("ffmpeg_failed");
    }
    expect(classifyFailure(["[error] /v/401 Not Found.mp4: Something new"], { ...context, shown: "/v/401 Not Found.mp4" }).code).toBe("ffmpeg_failed");
  });
});

describe("saysTruncated", () => {
  it.each([
    ["[matroska,webm] [error] File ended prematurely", true],
    ["[mov,mp4] [error] stream 0, offset 0x5f1c: partial file", true],
    ["[mov,mp4] [warning] Truncating packet of size 4000 to 20", true],
    ["[h264] [error] error while decoding MB 3 4, bytestream -5", false],
  ])("%s: %s", (line, expected) => {
    expect(saysTruncated([line])).toBe(expected);
  });
});
