import { describe, expect, it } from "vitest";
import { parseSource } from "../../../src/ingest/address.js";
import { judgeEnd, type EndFacts } from "../../../src/ingest/end-verdict.js";
import type { ProbedVideo } from "../../../src/ingest/probe-report.js";

const probe: ProbedVideo = { streamIndex: 0, width: 4, height: 4, size: { width: 4, height: 4 }, rotation: 0, live: false, startSeconds: 2, fps: 25, videoDurationMs: 10_000, durationMs: 10_000, frameCount: 250 };
const good: EndFacts = { address: parseSource("/v/clip.mp4"), probe, exitCode: 0, signal: null, lines: [], frames: 250, lastPtsMs: 11_960, cut: false, maxFps: undefined };
const early = { frames: 100, lastPtsMs: 5960 };
const cutWords = ["[matroska,webm] [error] File ended prematurely"];

function code(facts: Partial<EndFacts>): string {
  return judgeEnd({ ...good, ...facts })?.code ?? "ended";
}

describe("judgeEnd", () => {
  it.each([
    ["a whole file", {}, "ended"],
    ["a cut file in FFmpeg's words", { ...early, lines: cutWords }, "corrupt"],
    ["a cut file by its index alone", early, "corrupt"],
    ["words about a cut, and everything there (sound was cut)", { lines: cutWords }, "ended"],
    ["the last frame missing, with words", { frames: 249, lastPtsMs: 11_920, lines: cutWords }, "corrupt"],
    ["damage in the middle", { lines: ["[h264] [error] error while decoding MB 1 2"] }, "ended"],
    ["one long last picture", { frames: 2, lastPtsMs: 2040, probe: { ...probe, frameCount: 2 } }, "ended"],
    ["no frame count, early end, no words", { ...early, probe: without("frameCount") }, "ended"],
    ["frames left out on request", { frames: 10, lastPtsMs: 11_000, maxFps: 1 }, "ended"],
    ["a cut file with frames left out", { frames: 4, lastPtsMs: 5000, maxFps: 1, lines: cutWords }, "corrupt"],
    ["a download that stops", { ...early, address: parseSource("http://h/clip.mp4"), lines: ["[http] [error] Stream ends prematurely at 5, should be 9"] }, "source_lost"],
    ["a cut file behind HTTP", { ...early, address: parseSource("http://h/clip.mp4"), lines: cutWords }, "corrupt"],
    ["a disk that fails", { ...early, lines: ["[error] /v/clip.mp4: Input/output error"] }, "corrupt"],
    ["no frame", { frames: 0, lastPtsMs: Number.NEGATIVE_INFINITY }, "corrupt"],
    ["no frame, with a reason", { frames: 0, exitCode: 1, lines: ["[error] Decoder (codec none) not found for input stream #0:0"] }, "unsupported_codec"],
    ["half a frame at the end", { cut: true }, "ffmpeg_failed"],
    ["killed", { exitCode: null, signal: "SIGKILL" }, "ffmpeg_failed"],
    ["a camera that ends", { address: parseSource("rtsp://cam/1"), probe: undefined }, "source_lost"],
    ["a camera that never began", { address: parseSource("rtsp://cam/1"), probe: undefined, frames: 0, exitCode: 1, lines: ["[error] x: Connection refused"] }, "refused"],
    ["a live address that ends", { address: parseSource("http://h/live.m3u8"), probe: undefined }, "ended"],
    ["a live address that breaks", { address: parseSource("http://h/live.m3u8"), probe: undefined, exitCode: 1 }, "source_lost"],
  ] as const)("%s", (_, facts, expected) => {
    expect(code(facts as Partial<EndFacts>)).toBe(expected);
  });
});

function without(key: keyof ProbedVideo): ProbedVideo {
  return Object.fromEntries(Object.entries(probe).filter(([k]) => k !== key)) as unknown as ProbedVideo;
}
