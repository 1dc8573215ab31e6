// Frames that still wait for buffers when FFmpeg has ended: small pictures fit into the pipe all at once.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Frame } from "../../../src/core/frame.js";
import { makeClip } from "../../support/media-zoo.js";
import { observeSource } from "../../support/run-source.js";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.js";

let folder: TempFolder;
beforeAll(async () => {
  folder = await makeTempFolder();
});
afterAll(() => folder.remove());

describe("a reader that is slower than FFmpeg", () => {
  it.each([2, 4])("gets every frame of a small file through a pool of %i", async (poolFrames) => {
    const file = await makeClip({ file: folder.file(`small${poolFrames}.mp4`), size: "96x64", fps: 5, seconds: 1 });
    const held: Frame[] = [];
    await using source = observeSource(file, { poolFrames }, (frame) => {
      held.push(frame);
      // Long after FFmpeg has written everything and gone.
      setTimeout(() => held.shift()!.release(), 300);
      return "keep";
    });
    const end = await source.running.closed;
    expect(end).toMatchObject({ reason: "ended", nextSeq: 5 });
    expect(source.drops).toEqual([]);
    expect(source.frames.map((f) => f.seq)).toEqual([0, 1, 2, 3, 4]);
    while (held.length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(source.running.pool.free).toBe(poolFrames);
  });

  it("can be stopped while frames wait", async () => {
    const file = await makeClip({ file: folder.file("stopped.mp4"), size: "96x64", fps: 10, seconds: 1 });
    const held: Frame[] = [];
    const source = observeSource(file, { poolFrames: 2 }, (frame) => {
      held.push(frame);
      return "keep";
    });
    await source.until((s) => s.frames.length === 2);
    source.running.close();
    expect(await source.running.closed).toMatchObject({ reason: "closed" });
    for (const frame of held) frame.release();
    expect(source.running.pool.free).toBe(2);
  });
});
