import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isLiveUrl, parseSource } from "../../../src/ingest/address.js";

describe("parseSource", () => {
  it.each([
    ["rtsp://cam/1", "rtsp", true],
    ["RTSP://cam:554/1", "rtsp", true],
    [" rtsps://user:p%40ss@cam/1 ", "rtsps", true],
    ["http://cam/video.cgi", "http", true],
    ["http://host/clip.MP4?x=1", "http", false],
    ["https://host/clip.webm", "https", false],
    ["https://host/live.m3u8?token=abc", "hls", true],
    ["/dev/video0", "v4l2", true],
    ["/dev/video", "file", false],
    ["/v/clip.mp4", "file", false],
    ["/v/http:clip.mp4", "file", false],
    ["pipe:0", "file", false],
    ["file:///v/a%20b.mp4", "file", false],
  ])("%j is %s, live: %s", (text, kind, live) => {
    expect(parseSource(text)).toMatchObject({ kind, live });
    expect(isLiveUrl(text)).toBe(live);
  });

  it("makes paths absolute", () => {
    expect(parseSource("clip.mp4").target).toBe(join(process.cwd(), "clip.mp4"));
    expect(parseSource("-i").target).toBe(join(process.cwd(), "-i"));
    expect(parseSource("file:///v/a%20b.mp4").target).toBe("/v/a b.mp4");
  });

  it("shows no credentials", () => {
    expect(parseSource("rtsp://ann:hunter2@cam/1?key=abc").shown).toBe("rtsp://***@cam/1?key=***");
  });

  it.each(["rtmp://host/app", "srt://host:9000", "udp://239.0.0.1:1234", "gopher://x", "javascript://x"])("%s is not allowed", (text) => {
    expect(() => parseSource(text)).toThrow(expect.objectContaining({ code: "unsupported_protocol" }));
  });

  it.each(["", "   ", "rtsp://", "http://", "rtsp://cam/with space", "rtsp://user:p/w@cam:99999/1", "/v/a\0b", "x".repeat(5000), "file://otherhost/v.mp4"])("%j makes no sense", (text) => {
    expect(() => parseSource(text)).toThrow(expect.objectContaining({ code: "invalid_request" }));
  });

  it("does not tell the password when the address makes no sense", () => {
    expect(() => parseSource("rtsp://ann:hun/ter2@cam:99999/1")).toThrow(expect.objectContaining({ message: expect.not.stringContaining("ter2") as unknown }));
  });
});
