// What the picture looks like: sizes, rotation, pixel aspect, colours, through one and two outputs.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AnyPicture, Frame, Picture } from "../../../src/core/frame.js";
import { rgbOf } from "../../../src/core/planar.js";
import { assertNoChildren } from "../../support/child-processes.js";
import { makeClip, zoo } from "../../support/media-zoo.js";
import { colorName, meanColor } from "../../support/pixels.js";
import { rotateMp4 } from "../../support/rotate-mp4.js";
import { runSource } from "../../support/run-source.js";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.js";

let folder: TempFolder;
beforeAll(async () => {
  folder = await makeTempFolder();
});
afterAll(() => folder.remove());

const short = { seconds: 0.2, fps: 10 };
const noUpscale = { maxSide: 640, largeMaxSide: 1280 };
const leftRedRightBlue = { picture: "blue", filter: "drawbox=x=0:y=0:w=iw/2:h=ih:color=red:t=fill" };

describe("colours", () => {
  it.each(zoo.flatMap((kind) => (["rgb24", "yuv420p"] as const).map((pixelFormat) => ({ ...kind, pixelFormat }))))("red stays red in $name, in both sizes, $pixelFormat asked for", async ({ name, codec, args = [], pixelFormat }) => {
    const file = await makeClip({ file: folder.file(`red-${pixelFormat}-${name}`), codec, args, picture: "red", size: "160x120", ...short });
    const { source, end } = await runSource(file, { maxSide: 80, largeMaxSide: 120, pixelFormat }, (frame) => {
      expect([colorName(meanColor(frame.picture)), colorName(meanColor(frame.large!))]).toEqual(["red", "red"]);
    });
    expect(end.reason).toBe("ended");
    expect(source.frames[0]).toMatchObject({ source: "160x120", picture: "80x60", large: "120x90" });
    expect(source.frames).toHaveLength(2);
  });
});

describe("planes", () => {
  it.each([
    { what: "says nothing of its colours", size: "322x182", args: ["-pix_fmt", "yuv420p"], kind: { pixelFormat: "yuv420p", matrix: "bt601" } },
    { what: "has sides that are odd", size: "321x181", args: ["-pix_fmt", "yuv420p"], codec: "ffv1", ending: "mkv", kind: { pixelFormat: "yuv420p", matrix: "bt601" } },
    { what: "is of high definition", size: "640x360", args: ["-pix_fmt", "yuv420p", "-colorspace", "bt709"], kind: { pixelFormat: "yuv420p", matrix: "bt709" } },
    { what: "is of full range", size: "322x182", args: ["-pix_fmt", "yuvj420p"], kind: { pixelFormat: "rgb24" } },
    { what: "has colour for each pixel", size: "322x182", args: ["-pix_fmt", "yuv444p"], kind: { pixelFormat: "rgb24" } },
    { what: "has ten bits", size: "322x182", args: ["-pix_fmt", "yuv420p10le"], kind: { pixelFormat: "rgb24" } },
  ] as const)("show what FFmpeg makes of a file that $what", async (clip) => {
    const file = await makeClip({ file: folder.file(`planes-${clip.what.replaceAll(" ", "-")}.${"ending" in clip ? clip.ending : "mp4"}`), size: clip.size, args: clip.args, ...("codec" in clip && { codec: clip.codec }), ...short });
    const rgb: Picture[] = [];
    await runSource(file, noUpscale, (frame) => {
      rgb.push(copy(frame.picture));
    });
    const kinds: object[] = [];
    const planes: Picture[] = [];
    const { end } = await runSource(file, { ...noUpscale, pixelFormat: "yuv420p" }, ({ picture: { width: _w, height: _h, data: _d, ...kind }, picture }) => {
      kinds.push(kind);
      planes.push(copy(picture));
    });
    expect(end.reason).toBe("ended");
    expect(kinds).toEqual(rgb.map(() => clip.kind));
    for (const [i, { data }] of planes.entries()) {
      const off = data.map((value, k) => Math.abs(value - rgb[i]!.data[k]!));
      // Where neighbours share a colour FFmpeg may let it run over the edge between them.
      expect(off.reduce((a, b) => a + b) / off.length).toBeLessThan(2);
      expect(off.filter((d) => d > 8).length / off.length).toBeLessThan(0.05);
    }
  });
});

describe("sizes", () => {
  it.each([
    { size: "320x240", options: noUpscale, picture: "320x240", large: undefined },
    { size: "640x480", options: noUpscale, picture: "640x480", large: undefined },
    { size: "642x482", options: noUpscale, picture: "640x480", large: "642x482" },
    { size: "1920x1080", options: noUpscale, picture: "640x360", large: "1280x720" },
    { size: "720x1280", options: noUpscale, picture: "360x640", large: "720x1280" },
    { size: "333x77", options: { maxSide: 640, largeMaxSide: 0 }, picture: "333x77", large: undefined },
    { size: "333x77", options: { maxSide: 101, largeMaxSide: 201 }, picture: "101x23", large: "201x46" },
    { size: "1000x2", options: { maxSide: 64, largeMaxSide: 0 }, picture: "64x1", large: undefined },
    { size: "1x1", options: noUpscale, picture: "1x1", large: undefined },
    { size: "3x5", options: { maxSide: 4, largeMaxSide: 5 }, picture: "2x4", large: "3x5" },
  ])("$size becomes $picture and $large", async ({ size, options, picture, large }) => {
    const file = await makeClip({ file: folder.file(`size-${size}.mkv`), codec: "ffv1", args: ["-pix_fmt", "bgr0"], picture: "red", filter: "format=rgb24", size, ...short });
    const { source, end } = await runSource(file, options, (frame) => {
      expect(frame.picture.data).toHaveLength(frame.picture.width * frame.picture.height * 3);
      expect(colorName(meanColor(frame.picture))).toBe("red");
    });
    expect(end).toMatchObject({ reason: "ended", warnings: [] });
    expect(source.frames).toHaveLength(2);
    for (const frame of source.frames) expect(frame).toMatchObject({ source: size, picture, large });
    expect(source.running.pool.free).toBe(source.running.pool.size);
    assertNoChildren();
  });

  it("carries 8K", async () => {
    const file = await makeClip({ file: folder.file("8k.mp4"), size: "7680x4320", picture: "red", seconds: 0.1, fps: 10 });
    const { source } = await runSource(file, noUpscale);
    expect(source.frames.map(({ source: from, picture, large }) => ({ from, picture, large }))).toEqual([{ from: "7680x4320", picture: "640x360", large: "1280x720" }]);
  });

  it("widens pixels that are not square", async () => {
    const file = await makeClip({ file: folder.file("sar.mp4"), size: "360x288", filter: "setsar=16/15", ...short });
    const { source } = await runSource(file);
    expect(source.info).toMatchObject({ width: 384, height: 288 });
    expect(source.frames[0]).toMatchObject({ source: "384x288", picture: "384x288" });
  });
});

describe("rotation", () => {
  it.each([
    { degrees: 90, size: "120x160", red: [0.5, 0.2], blue: [0.5, 0.8] },
    { degrees: 180, size: "160x120", red: [0.8, 0.5], blue: [0.2, 0.5] },
    { degrees: 270, size: "120x160", red: [0.5, 0.8], blue: [0.5, 0.2] },
  ] as const)("turns the picture by $degrees degrees", async ({ degrees, size, red, blue }) => {
    const file = await makeClip({ file: folder.file(`rotate-${degrees}.mp4`), size: "160x120", ...leftRedRightBlue, ...short });
    await rotateMp4(file, degrees);
    const { source, end } = await runSource(file, {}, (frame) => {
      expect([at(frame, red), at(frame, blue)]).toEqual(["red", "blue"]);
    });
    expect(end.reason).toBe("ended");
    expect(source.frames[0]).toMatchObject({ source: size, picture: size });
  });
});

/** In memory of its own. */
function copy(picture: AnyPicture): Picture {
  const rgb = rgbOf(picture);
  return { ...rgb, data: rgb.data.slice() };
}

/** Colour around a point, given in shares of width and height. */
function at(frame: Frame, [x, y]: readonly [number, number]): string {
  return colorName(meanColor(frame.picture, { x: x - 0.1, y: y - 0.1, width: 0.2, height: 0.2 }));
}
