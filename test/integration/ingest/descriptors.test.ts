// A process without a free file descriptor: every child is refused, by name, and none any more once there are some again.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { makeClip } from "../../support/media-zoo.js";
import { makeTempFolder } from "../../support/temp-folder.js";
import { requireBuild } from "../inference/support.js";

const run = promisify(execFile);
const dist = (path: string): string => JSON.stringify(new URL(`../../../dist/${path}`, import.meta.url).href);

beforeAll(requireBuild);

it("calls it resources_exhausted, loses none in the attempt, and reads the file once there are descriptors again", async () => {
  await using folder = await makeTempFolder();
  const clip = await makeClip({ file: folder.file("clip.mkv"), size: "160x120", seconds: 1 });
  const { stdout } = await run("prlimit", ["--nofile=512", "--", process.execPath, "--input-type=module", "-e", `
    import { closeSync, openSync } from "node:fs";
    import { createFfmpegSource, probeFile } from ${dist("ingest/index.js")};
    import { VideoEncoder } from ${dist("offline/annotate/video-encoder.js")};
    import { silentLogger } from ${dist("core/logger.js")};
    const url = ${JSON.stringify(clip)};
    const settings = { ffmpeg: "ffmpeg", ffprobe: "ffprobe", maxPixels: 1e8, maxMemoryBytes: 0, privateSources: true, logger: silentLogger() };
    const options = { url, transport: "tcp", maxSide: 160, largeMaxSide: 0, realtime: false, loop: false, openTimeoutMs: 30000, stallAfterMs: 30000, stallTimeoutMs: 30000, poolFrames: 4, backpressure: "wait", firstSeq: 0, epoch: 0 };
    const nothing = () => undefined;
    const play = () => createFfmpegSource(settings)(options, { onInfo: nothing, onDecoded: nothing, onDropped: nothing, onStalled: nothing, onFrame: (frame) => frame.release() }).closed;
    const held = [];
    const holdAll = () => { try { for (;;) held.push(openSync("/dev/null")); } catch (error) { if (error.code !== "EMFILE") throw error; } };
    holdAll();
    const all = held.length;
    const codes = [];
    codes.push((await play()).error?.code);
    // With a few, some of the way goes well.
    const few = new Set();
    for (let free = 1; free <= 12; free++) {
      closeSync(held.pop());
      few.add((await play()).error?.code ?? "ended");
    }
    codes.push([...few].join());
    holdAll();
    codes.push("lost " + (all - held.length));
    codes.push(await probeFile(url, { ...settings, timeoutMs: 30000 }).then(() => "read", (error) => error.code));
    codes.push(await VideoEncoder.open({ ffmpeg: "ffmpeg", width: 16, height: 16, output: "never.mp4", fpsMode: true }).then(() => "open", (error) => error.code));
    for (const fd of held) closeSync(fd);
    codes.push((await play()).reason);
    process.stdout.write(codes.join());
  `]);
  expect(stdout).toBe("resources_exhausted,resources_exhausted,ended,lost 0,resources_exhausted,resources_exhausted,ended");
});
