import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emotionNames } from "../../../src/core/emotions.js";
import { canvasFor, canvasSize, enlargement } from "../../../src/offline/annotate/canvas.js";
import { layoutFaces, type AnnotatedFace, type LayoutMemory, type Mark } from "../../../src/offline/annotate/layout.js";
import { demuxers } from "../../../src/core/ffmpeg-input.js";
import { marksSvg } from "../../../src/offline/annotate/marks-svg.js";
import { matroskaFrameHead, matroskaHead } from "../../../src/offline/annotate/matroska.js";
import { drawMark } from "../../../src/offline/annotate/raster.js";
import { TextMasks } from "../../../src/offline/annotate/text-masks.js";
import { textWidth } from "../../../src/offline/annotate/text-metrics.js";
import { encoderArguments } from "../../../src/offline/annotate/video-encoder.js";
import { scores } from "./fakes.js";

const run = promisify(execFile);

function face(trackId: number, x: number, y: number, side: number, label: (typeof emotionNames)[number] = "happiness"): AnnotatedFace {
  return { trackId, box: { x, y, width: side, height: side }, scores: scores(label), label, uncertain: false };
}

const extent = (mark: Mark) =>
  mark.kind === "rect" ? mark : { x: mark.x, y: mark.y, width: textWidth(mark.text, mark.size), height: Math.ceil(mark.size * 1.3) };

const texts = (marks: readonly Mark[]) => marks.flatMap((m) => (m.kind === "text" ? [m.text] : []));

const panelX = (marks: readonly Mark[]) => marks.find((m) => m.kind === "text" && m.text === "anger")?.x ?? Number.NaN;

const canvas = () => ({ width: 6, height: 4, data: new Uint8Array(72) });

describe("layoutFaces", () => {
  it("keeps every rectangle and every label inside the picture, for any faces and sizes", () => {
    const box = fc.record({ x: fc.integer({ min: -300, max: 900 }), y: fc.integer({ min: -300, max: 900 }), width: fc.integer({ min: 1, max: 700 }), height: fc.integer({ min: 1, max: 700 }) });
    const any = fc.record({ trackId: fc.integer({ min: 1, max: 9999 }), box, scores: fc.constantFrom(...emotionNames.map((n) => scores(n))), label: fc.constantFrom(...emotionNames), uncertain: fc.boolean() });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 12 }), fc.integer({ min: 16, max: 800 }), fc.integer({ min: 16, max: 800 }), (faces, width, height) => {
        for (const mark of layoutFaces(faces, width, height)) {
          const r = extent(mark);
          expect(r.x >= 0 && r.x + r.width <= width && r.y >= 0, JSON.stringify(mark)).toBe(true);
          if (mark.kind === "rect") expect(r.y + r.height <= height && r.width > 0 && r.height > 0, JSON.stringify(mark)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("gives every face of a usual picture seven named bars", () => {
    const marks = layoutFaces([face(1, 40, 60, 120), face(2, 400, 80, 100, "fear")], 640, 360);
    expect(texts(marks).filter((t) => t === "surprise")).toHaveLength(2);
    expect(texts(marks)).toContain("#1 happiness 70%");
    expect(texts(marks)).toContain("#2 fear 70%");
  });

  it("keeps a label at the top edge readable below the box", () => {
    const label = layoutFaces([face(1, 0, 0, 100)], 640, 360).find((m) => m.kind === "text" && m.text.startsWith("#1"));
    expect(label?.y).toBeGreaterThanOrEqual(100);
  });

  it("marks uncertainty in words, and leaves out what is outside the picture", () => {
    expect(texts(layoutFaces([{ ...face(3, 300, 100, 90), uncertain: true }], 640, 360))).toContain("#3 happiness? 70%");
    expect(layoutFaces([face(1, 700, 100, 90)], 640, 360)).toEqual([]);
  });

  it("does not move bars about between frames while their place is free", () => {
    const memory: LayoutMemory = new Map();
    // At the right edge the bars go to the left of the box, and stay there when there is room on the right again.
    expect(panelX(layoutFaces([face(1, 540, 100, 90)], 640, 360, memory))).toBeLessThan(540);
    expect(panelX(layoutFaces([face(1, 250, 100, 90)], 640, 360, memory))).toBeLessThan(250);
    expect(panelX(layoutFaces([face(1, 250, 100, 90)], 640, 360))).toBeGreaterThan(250);
  });

  it("is valid SVG with escaped text", () => {
    const svg = marksSvg([{ kind: "text", x: 1, y: 2, size: 10, text: "<&>", color: "#ffffff" }], 20, 20);
    expect(svg).toContain("&lt;&amp;&gt;</text>");
  });
});

describe("drawing into pixels", () => {
  it("fills exactly the rectangle, clipped, in the right channel order", () => {
    const c = canvas();
    drawMark(c, { kind: "rect", x: 4, y: -1, width: 5, height: 3, color: "#ff8001", opacity: 1 });
    const pixels = Array.from({ length: 24 }, (_, i) => [...c.data.subarray(i * 3, i * 3 + 3)].join());
    const red = "255,128,1";
    expect(pixels.map((p) => (p === red ? "#" : p === "0,0,0" ? "." : "?")).join("")).toBe("....##....##............");
  });

  it("blends", () => {
    const c = canvas();
    drawMark(c, { kind: "rect", x: 0, y: 0, width: 1, height: 1, color: "#ffffff", opacity: 0.5 });
    expect(c.data[0]).toBe(127);
  });

  it("draws a text where it belongs", async () => {
    const masks = new TextMasks();
    const mark: Mark = { kind: "text", x: 5, y: 3, size: 20, text: "Hill", color: "#00ff00" };
    await masks.prepare([mark]);
    const c = { width: 80, height: 40, data: new Uint8Array(80 * 40 * 3) };
    drawMark(c, mark, masks.get(mark));
    const lit = Array.from({ length: 80 * 40 }, (_, i) => i).filter((i) => (c.data[i * 3 + 1] ?? 0) > 128);
    const xs = lit.map((i) => i % 80);
    const ys = lit.map((i) => Math.floor(i / 80));
    expect(lit.length).toBeGreaterThan(60);
    expect(c.data.some((v, i) => i % 3 !== 1 && v > 0)).toBe(false);
    expect(Math.min(...xs)).toBeGreaterThanOrEqual(5);
    expect(Math.max(...xs)).toBeLessThanOrEqual(5 + textWidth("Hill", 20));
    expect(Math.max(...ys)).toBeLessThanOrEqual(3 + 20 + 1);
    expect(Math.min(...ys)).toBeGreaterThanOrEqual(3);
  });
});

describe("canvas", () => {
  it("enlarges tiny pictures and makes sizes even", () => {
    expect([enlargement(640, 360), enlargement(160, 120), enlargement(1, 1)]).toEqual([1, 2, 320]);
    expect([canvasSize(641, 361), canvasSize(161, 121), canvasSize(1, 1)]).toEqual([
      { width: 642, height: 362 },
      { width: 322, height: 242 },
      { width: 320, height: 320 },
    ]);
  });

  it("repeats the last column and row, and keeps a fitting picture as it is", () => {
    const data = new Uint8Array(321 * 3).map((_, i) => Math.floor(i / 3) & 255);
    const grown = canvasFor({ width: 321, height: 1, pixelFormat: "rgb24", data });
    expect([grown.width, grown.height]).toEqual([322, 2]);
    expect([grown.data[0], grown.data[320 * 3], grown.data[321 * 3], grown.data[(322 + 321) * 3]]).toEqual([0, 64, 64, 64]);
    const fitting = { width: 320, height: 2, pixelFormat: "rgb24" as const, data: new Uint8Array(320 * 2 * 3) };
    expect(canvasFor(fitting).data).toBe(fitting.data);
  });
});

describe("matroska", () => {
  it("is read by FFmpeg with every time and colour", async () => {
    const dir = await mkdtemp(join(tmpdir(), "emostream-mkv-"));
    const path = join(dir, "x.mkv");
    const times = [0, 33.367, 40, 1000.001, 3_600_000];
    const pixels = new Uint8Array(4 * 2 * 3).map((_, i) => [200, 30, 10][i % 3] ?? 0);
    await writeFile(path, Buffer.concat([matroskaHead(4, 2), ...times.flatMap((t) => [matroskaFrameHead(t, pixels.length), pixels])]));
    const { stdout } = await run("ffprobe", ["-v", "error", "-show_entries", "frame=pts_time:stream=width,height,pix_fmt", "-of", "json", path]);
    const report = JSON.parse(stdout) as { frames: { pts_time: string }[]; streams: unknown[] };
    expect(report.frames.map((f) => Math.round(Number(f.pts_time) * 1e6) / 1000)).toEqual(times);
    expect(report.streams).toMatchObject([{ width: 4, height: 2, pix_fmt: "rgb24" }]);
    const first = await run("ffmpeg", ["-v", "error", "-i", path, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"], { encoding: "buffer" });
    expect([...first.stdout]).toEqual([...pixels]);
    await rm(dir, { recursive: true });
  });
});

describe("encoderArguments", () => {
  it("are these", () => {
    const base = { ffmpeg: "ffmpeg", fpsMode: true, width: 4, height: 2, output: "/tmp/o.mp4" };
    expect(encoderArguments(base).join(" ")).toBe(
      "-hide_banner -nostdin -v error -y -f matroska -i pipe:0 -copyts -map 0:v:0 -vf scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int+bitexact,format=yuv420p -color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv -c:v libx264 -preset veryfast -crf 20 -threads:v 2 -fps_mode passthrough -enc_time_base:v 1:90000 -video_track_timescale 90000 -map_metadata -1 -map_chapters -1 -fflags +bitexact -flags:v +bitexact -movflags +faststart -f mp4 /tmp/o.mp4",
    );
    const old = encoderArguments({ ...base, fpsMode: false, audio: { input: "/v/a.mkv", codec: "vorbis", zeroMs: 1400 } }).join(" ");
    expect(old).toContain(`-itsoffset -1.400000 -protocol_whitelist file -format_whitelist ${demuxers.file} -i file:/v/a.mkv -map 0:v:0 -map 1:a:0`);
    expect(old).toContain("-vsync passthrough");
    expect(old).toContain("-c:a aac");
    expect(encoderArguments({ ...base, audio: { input: "/v/a.mp4", codec: "aac", zeroMs: 0 } }).join(" ")).toContain("-c:a copy");
  });
});
