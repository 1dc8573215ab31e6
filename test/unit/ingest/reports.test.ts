// What ffprobe and FFmpeg tell about a source, understood.

import { describe, expect, it } from "vitest";
import { decodedSize, InputDump } from "../../../src/ingest/input-dump.js";
import { parseVersion } from "../../../src/ingest/ffmpeg-version.js";
import { fitSize, ratioOf, shownSize } from "../../../src/ingest/picture-size.js";
import { readProbe } from "../../../src/ingest/probe-report.js";
import { StderrLines } from "../../../src/ingest/stderr-lines.js";

const context = { shown: "clip", maxPixels: 1e6, lines: [] };
const video = { index: 0, codec_type: "video", codec_name: "h264", width: 640, height: 360, avg_frame_rate: "30000/1001", start_time: "1.5", duration: "10.0", nb_frames: "300" };

function probe(streams: readonly object[], format: object = { format_name: "mov,mp4", duration: "10.5" }) {
  return readProbe(JSON.stringify({ streams, format }), context);
}

function readDump(...lines: string[]) {
  const dump = new InputDump();
  for (const line of lines) dump.push(line);
  return { ...dump.read(), complete: dump.complete };
}

function collect() {
  const infos: string[] = [];
  const told: string[] = [];
  return { infos, told, lines: new StderrLines((text) => text.replaceAll("secret", "***"), { onInfo: (line) => infos.push(line), onComplaint: (line) => told.push(line) }) };
}

describe("readProbe", () => {
  it("describes the video", () => {
    expect(probe([{ index: 0, codec_type: "audio" }, { ...video, index: 1 }])).toEqual({
      streamIndex: 1, width: 640, height: 360, size: { width: 640, height: 360 }, rotation: 0, live: false, startSeconds: 1.5, codec: "h264", container: "mov,mp4",
      fps: 30_000 / 1001, durationMs: 10_500, videoDurationMs: 10_000, frameCount: 300,
    });
  });

  it.each([
    [{ side_data_list: [{ side_data_type: "Display Matrix", rotation: -90 }] }, 270, "360x640"],
    [{ side_data_list: [{ side_data_type: "Display Matrix", rotation: 180 }] }, 180, "640x360"],
    [{ tags: { rotate: "90" } }, 270, "360x640"],
    [{ sample_aspect_ratio: "4:3" }, 0, "853x360"],
    [{ sample_aspect_ratio: "0:1" }, 0, "640x360"],
    [{ sample_aspect_ratio: "4:3", tags: { rotate: "270" } }, 90, "360x853"],
  ])("%j turns it by %d to %s", (extra, rotation, size) => {
    const found = probe([{ ...video, ...extra }]);
    expect([found.rotation, `${found.width}x${found.height}`]).toEqual([rotation, size]);
  });

  it.each([
    [{ pix_fmt: "yuv420p" }, "bt601"],
    [{ pix_fmt: "yuv420p", color_range: "tv", color_space: "smpte170m" }, "bt601"],
    [{ pix_fmt: "yuv420p", color_range: "tv", color_space: "bt470bg" }, "bt601"],
    [{ pix_fmt: "yuv420p", color_range: "tv", color_space: "bt709" }, "bt709"],
    [{ pix_fmt: "yuv420p", color_range: "pc", color_space: "bt709" }, undefined],
    [{ pix_fmt: "yuv420p", color_range: "tv", color_space: "bt2020nc" }, undefined],
    [{ pix_fmt: "yuv420p", color_space: "constructor" }, undefined],
    [{ pix_fmt: "yuvj420p", color_range: "pc" }, undefined],
    [{ pix_fmt: "yuv420p10le", color_range: "tv" }, undefined],
    [{ pix_fmt: "yuv422p", color_range: "tv" }, undefined],
    [{}, undefined],
  ])("%j: planes of %s", (extra, planar) => {
    expect(probe([{ ...video, ...extra }]).planar).toBe(planar);
  });

  it("reads Matroska's length of the video", () => {
    expect(probe([{ ...video, duration: undefined, tags: { DURATION: "00:01:02.500000000" } }]).videoDurationMs).toBe(62_500);
  });

  it("prefers the default stream, and takes no cover for a video", () => {
    const cover = { ...video, index: 0, disposition: { attached_pic: 1, default: 1 } };
    expect(probe([cover, { ...video, index: 1 }, { ...video, index: 2, disposition: { default: 1 } }]).streamIndex).toBe(2);
    expect(() => probe([cover])).toThrow(expect.objectContaining({ code: "no_video" }));
  });

  it.each([
    [[], "no_video"],
    [[{ index: 0, codec_type: "audio", codec_name: "aac" }], "no_video"],
    [[{ ...video, codec_name: undefined }], "unsupported_codec"],
    [[{ ...video, width: 0 }], "corrupt"],
    [[{ ...video, width: 1001, height: 1000 }], "picture_too_large"],
  ])("%j -> %s", (streams, code) => {
    expect(() => probe(streams)).toThrow(expect.objectContaining({ code }));
  });

  it("refuses what is not ffprobe's JSON", () => {
    for (const json of ["", "{", '{"streams":7}']) expect(() => readProbe(json, context)).toThrow(expect.objectContaining({ code: "corrupt" }));
  });

  it("takes no text file for ANSI art", () => {
    expect(() => probe([{ ...video, codec_name: "ansi" }], { format_name: "tty" })).toThrow(expect.objectContaining({ code: "no_video" }));
  });
});

describe("InputDump", () => {
  it("reads a camera's description", () => {
    expect(
      readDump(
        "[info] Input #0, rtsp, from 'rtsp://cam/1':",
        "[info]   Duration: N/A, start: 0.040000, bitrate: N/A",
        "[info]   Stream #0:0: Audio: aac (LC), 48000 Hz, stereo, fltp",
        "[info]   Stream #0:1: Video: h264 (Main), yuvj420p(pc, bt709, progressive), 1920x1080 [SAR 1:1 DAR 16:9], 12.5 fps, 25 tbr, 90k tbn",
        "[info] Output #0, nut, to 'pipe:1':",
        "[info]   Stream #0:0: Video: rawvideo (RGB[24] / 0x18424752), rgb24, 640x360",
      ),
    ).toEqual({ width: 1920, height: 1080, codec: "h264", container: "rtsp", fps: 12.5, complete: true });
  });

  it("turns and widens", () => {
    const stream = "[info]   Stream #0:0[0x1](und): Video: mpeg4 (Simple Profile) (mp4v / 0x7634706D), yuv420p, 720x576 [SAR 16:15 DAR 4:3], 90k fps";
    expect(readDump(stream)).toMatchObject({ width: 768, height: 576, fps: 90_000 });
    expect(readDump(stream, "[info]     Side data:", "[info]       displaymatrix: rotation of -90.00 degrees")).toMatchObject({ width: 576, height: 768 });
  });

  it("passes over covers, and over what it does not understand", () => {
    expect(readDump("[info]   Stream #0:0: Video: png, rgb24, 64x64 (attached pic)", "[info]   Stream #0:1: Video: vp8, yuv420p, 320x240, 25 fps")).toMatchObject({ width: 320, codec: "vp8" });
    expect(readDump("[info] Something else")).toEqual({ complete: false });
  });
});

describe("StderrLines", () => {
  it("joins lines cut by chunks, tells info apart, redacts, forgets pointers", () => {
    const { infos, told, lines } = collect();
    for (const part of ["[info] Inp", "ut #0\n[h264 @ 0x55aa] [err", "or] bad secret\r\n\n[fatal] la"]) lines.push(part);
    lines.push("st");
    lines.end();
    expect(infos).toEqual(["[info] Input #0"]);
    expect(lines.complaints()).toEqual(["[h264] [error] bad ***", "[fatal] last"]);
    expect(told).toEqual(lines.complaints());
  });

  it("stays small however much is said", () => {
    const { lines } = collect();
    for (let i = 0; i < 10_000; i++) lines.push(`[error] complaint ${i}\n`);
    lines.push("x".repeat(1_000_000));
    lines.end();
    expect(lines.count).toBe(10_001);
    expect(lines.complaints()).toHaveLength(40);
    expect(lines.complaints()[0]).toBe("[error] complaint 0");
    expect(lines.complaints().at(-1)).toHaveLength(500);
  });

  it("keeps a repeated complaint once", () => {
    const { lines } = collect();
    for (let i = 0; i < 5; i++) lines.push("[error] again\n");
    expect([lines.count, lines.complaints()]).toEqual([5, ["[error] again"]]);
  });
});

describe("parseVersion", () => {
  it.each([
    ["ffmpeg version 5.1.9-0+deb12u1 Copyright", 5, 1],
    ["ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright", 4, 4],
    ["ffmpeg version n7.0.2 Copyright", 7, 0],
    ["ffmpeg version 8.0 Copyright", 8, 0],
    ["ffmpeg version N-112233-gabcdef Copyright", Number.POSITIVE_INFINITY, 0],
  ])("%s", (text, major, minor) => {
    expect(parseVersion(text)).toMatchObject({ major, minor });
  });
});

describe("sizes", () => {
  it("fitSize never enlarges and keeps a pixel", () => {
    expect(fitSize({ width: 1920, height: 1080 }, 640)).toEqual({ width: 640, height: 360 });
    expect(fitSize({ width: 333, height: 77 }, 640)).toEqual({ width: 333, height: 77 });
    expect(fitSize({ width: 5000, height: 2 }, 64)).toEqual({ width: 64, height: 1 });
  });
  it("shownSize", () => {
    expect(shownSize({ width: 720, height: 576 }, 16 / 15, 0)).toEqual({ width: 768, height: 576 });
    expect(shownSize({ width: 720, height: 576 }, 16 / 15, -90)).toEqual({ width: 576, height: 768 });
  });
  it("ratioOf", () => {
    expect([ratioOf("16:15"), ratioOf("25/1"), ratioOf("0:1"), ratioOf("0/0"), ratioOf("N/A"), ratioOf(undefined)]).toEqual([16 / 15, 25, undefined, undefined, undefined, undefined]);
  });
});

describe("decodedSize", () => {
  it("is told when FFmpeg sets up its filters, by its versions 5 and 7", () => {
    expect(decodedSize("[graph 0 input from stream 0:0 @ 0x56248fdbcc40] [verbose] w:160 h:120 pixfmt:yuvj420p tb:1/1200000 fr:25/1 sar:1/1")).toEqual({ width: 160, height: 120 });
    expect(decodedSize("[graph -1 input from stream 0:0 @ 0x5b6c00] [verbose] w:1920 h:1080 pixfmt:yuv420p tb:1/90000 fr:25/1 sar:1/1 csp:unknown range:tv")).toEqual({ width: 1920, height: 1080 });
  });

  it("is told by no other line", () => {
    expect(decodedSize("[Parsed_scale_0 @ 0x55d57697ac80] [verbose] w:640 h:360 fmt:yuvj420p sar:1/1 -> w:160 h:90 fmt:rgb24 sar:1/1 flags:0x2")).toBeUndefined();
    expect(decodedSize("[info]   Stream #0:0: Video: mjpeg, yuvj420p, 160x120")).toBeUndefined();
  });
});
