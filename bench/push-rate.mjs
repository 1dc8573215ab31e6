// Pushed frames beside the file path: the same JPEGs over /v1/push, and as a film through FFmpeg. And what a pushed frame's answer takes beyond
// the engine's own time, frame by frame.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { WebSocket } from "ws";
import { openEngine } from "../dist/app.js";
import { openPush } from "../dist/client/index.js";
import { parseConfig } from "../dist/core/config.js";
import { silentLogger } from "../dist/core/logger.js";
import { passOver } from "./file-pass.mjs";
import { median, root } from "./report.mjs";

const [width, height] = [640, 480];

/** The demo's frames as JPEGs of 640x480, and the same JPEGs as a film. */
export function makeFrames(folder) {
  execFileSync("ffmpeg", ["-v", "error", "-i", join(root, "assets/demo/demo.mp4"), "-vf", `scale=${width}:-2,pad=${width}:${height}:-1:-1`, "-q:v", "3", "-pix_fmt", "yuvj420p", join(folder, "f%05d.jpg")]);
  const film = join(folder, "frames.mkv");
  execFileSync("ffmpeg", ["-v", "error", "-framerate", "20", "-i", join(folder, "f%05d.jpg"), "-c", "copy", film]);
  return { film, jpegs: readdirSync(folder).filter((name) => name.endsWith(".jpg")).toSorted().map((name) => readFileSync(join(folder, name))) };
}

/** Frames a second both ways, in turns, and the milliseconds that each answer took beyond the engine's time for that frame. */
export async function measurePush(url, { film, jpegs }, runs) {
  const config = parseConfig({});
  const engine = await openEngine(config, silentLogger(), availableParallelism());
  try {
    await pushed(url, jpegs.slice(0, 40));
    const rates = [];
    for (let run = 0; run < runs; run += 1) rates.push({ pushed: await pushed(url, jpegs), file: 1000 / (await passOver(film, engine, config.analysis)).msPerFrame });
    const engineMs = await engineTimes(engine, jpegs);
    // Half of what it can take, so that no frame waits for the one before.
    const fps = Math.min(20, median(rates.map((r) => r.pushed)) / 2);
    const answerMs = await answerTimes(url, jpegs, fps);
    return { rates, ratio: median(rates.map((r) => r.pushed / r.file)), fps, beyondMs: answerMs.map((ms, i) => ms - engineMs[i]) };
  } finally {
    await engine.close();
  }
}

/** Pushed frames a second: all of them, as fast as credits allow. From the first answer, as the file's. */
async function pushed(url, jpegs) {
  const push = await openPush(url, { format: "jpeg", width, height, mode: "lossless", WebSocket });
  const sending = (async () => {
    for (const jpeg of jpegs) await push.send(jpeg);
    await push.finish();
  })();
  let [firstMs, lastMs, frames] = [0, 0, 0];
  for await (const answer of push) {
    if (answer.type !== "frame") continue;
    lastMs = performance.now();
    firstMs ||= lastMs;
    frames += 1;
  }
  await sending;
  if (frames !== jpegs.length) throw new Error(`expected ${jpegs.length} results, received ${frames}`);
  return ((frames - 1) * 1000) / (lastMs - firstMs);
}

/** What the engine takes for each frame alone: the least of three. */
async function engineTimes(engine, jpegs) {
  const times = [];
  for (const jpeg of jpegs) {
    const { data } = await sharp(jpeg).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const picture = { width, height, pixelFormat: "rgb24", data: new Uint8Array(data) };
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 3; i += 1) {
      const startedMs = performance.now();
      await engine.analyze([{ picture }]);
      least = Math.min(least, performance.now() - startedMs);
    }
    times.push(least);
  }
  return times;
}

/** From sending a frame to its answer, as a camera sends them. */
async function answerTimes(url, jpegs, fps) {
  const push = await openPush(url, { format: "jpeg", width, height, mode: "lossless", WebSocket });
  const sentMs = [];
  const times = [];
  const answers = (async () => {
    for await (const answer of push) if (answer.type === "frame") times[answer.frameId] = performance.now() - sentMs[answer.frameId];
  })();
  const startMs = performance.now();
  for (const [i, jpeg] of jpegs.entries()) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, startMs + (i * 1000) / fps - performance.now())));
    sentMs[i] = performance.now();
    await push.send(jpeg, { id: i });
  }
  await push.finish();
  await answers;
  return times;
}
