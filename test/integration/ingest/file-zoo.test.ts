// Every kind of file: all its frames, each with its true time.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assertNoChildren } from "../../support/child-processes.js";
import { ffprobeFrameCount, ffprobePts } from "../../support/ffmpeg.js";
import { makeClip, zoo } from "../../support/media-zoo.js";
import { runSource } from "../../support/run-source.js";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.js";

let folder: TempFolder;
beforeAll(async () => {
  folder = await makeTempFolder();
});
afterAll(() => folder.remove());

describe.each(zoo)("$name", ({ name, codec, args = [] }) => {
  it("gives every frame with ffprobe's time", async () => {
    const file = await makeClip({ file: folder.file(name), codec, args });
    const [count, pts] = await Promise.all([ffprobeFrameCount(file), ffprobePts(file)]);
    const { source, end } = await runSource(file);
    expect(end).toMatchObject({ reason: "ended", nextSeq: count });
    expect(source.frames.map((f) => f.seq)).toEqual(pts.map((_, i) => i));
    expect(source.decoded).toBe(count);
    expect(source.frames).toHaveLength(count);
    for (const [i, expected] of pts.entries()) {
      if (expected !== undefined) expect(Math.abs(source.frames[i]!.ptsMs - expected), `frame ${i}: ${source.frames[i]!.ptsMs} against ${expected}`).toBeLessThanOrEqual(1);
      if (i > 0) expect(source.frames[i]!.ptsMs).toBeGreaterThan(source.frames[i - 1]!.ptsMs);
    }
    expect(source.running.pool.free).toBe(source.running.pool.size);
    assertNoChildren();
  });
});
