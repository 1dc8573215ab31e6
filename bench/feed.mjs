// How many frames a second go from FFmpeg through pool, pipeline and server to a WebSocket client, with an engine that finds nothing.
// The peer of the same run is FFmpeg alone, decoding the same clip to the same pixels into /dev/null.
// Usage: node bench/feed.mjs [--runs 3] [--json] [--write]
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { startApp } from "../dist/app.js";
import { parseConfig } from "../dist/core/config.js";
import { machine, median, option, writeSection } from "./report.mjs";

const runs = Number(option("runs", "3"));
const size = "640x360";
const clipFps = 1000;
const clipSeconds = 4;

const dir = mkdtempSync(join(tmpdir(), "emostream-bench-"));
try {
  const media = join(dir, "media");
  mkdirSync(media);
  const clip = join(media, "clip.mp4");
  // A clip of 1000 frames a second, played at its own speed, offers more than the way can carry: what arrives is what it carries.
  execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", `testsrc2=size=${size}:rate=${clipFps}:duration=${clipSeconds}`, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", clip]);
  const results = [];
  for (let run = 0; run < runs; run += 1) {
    const alone = decodeAlone(clip);
    results.push({ ...(await carried(dir, run)), decodedAlonePerSecond: alone });
  }
  const perSecond = median(results.map((r) => r.perSecond));
  const alone = median(results.map((r) => r.decodedAlonePerSecond));
  const summary = { size, runs, machine: machine(), framesPerSecond: Math.round(perSecond), spread: [Math.round(Math.min(...results.map((r) => r.perSecond))), Math.round(Math.max(...results.map((r) => r.perSecond)))], ffmpegAlone: Math.round(alone), ratio: perSecond / alone, law: results.every((r) => r.lawHolds) };
  if (process.argv.includes("--write")) {
    writeSection("feed", `
With an engine that finds nothing, ${size}, preview off: **${summary.framesPerSecond} frames/s** from FFmpeg to a WebSocket client
(median of ${runs} runs, ${summary.spread.join(" to ")}); FFmpeg alone, decoding and scaling the same clip to the same pixels into /dev/null: ${summary.ffmpegAlone} frames/s
in the same run, ratio ${summary.ratio.toFixed(2)}. Conservation law held in every run: ${summary.law ? "yes" : "NO"}.

${summary.machine}. Written by \`node bench/feed.mjs --write\`.`);
  }
  console.log(process.argv.includes("--json") ? JSON.stringify(summary) : summary);
} finally {
  rmSync(dir, { recursive: true, force: true });
}

/** Frames a second of FFmpeg alone. */
function decodeAlone(clip) {
  const startedMs = performance.now();
  const { status } = spawnSync("ffmpeg", ["-v", "error", "-i", clip, "-f", "rawvideo", "-pix_fmt", "rgb24", "-y", "/dev/null"], { stdio: "ignore" });
  if (status !== 0) throw new Error("ffmpeg failed");
  return (clipFps * clipSeconds * 1000) / (performance.now() - startedMs);
}

/** Frame messages a second that reach a client. */
async function carried(work, run) {
  const config = parseConfig({
    server: { port: 0, stateFile: join(work, `state-${run}.json`), mediaRoot: join(work, "media"), workDir: join(work, "analyses") },
    feed: { queueMessages: 10_000 },
    engine: { name: "noop" },
    log: { level: "error" },
  });
  const app = await startApp(config, { demo: false, sources: [] });
  try {
    const socket = new WebSocket(`${app.url.replace("http", "ws")}/v1/feed?streams=bench`);
    let frames = 0;
    let firstMs = 0;
    let lastMs = 0;
    const ended = new Promise((resolve, reject) => {
      socket.on("error", reject);
      socket.on("message", (data) => {
        const message = JSON.parse(String(data));
        if (message.type === "frame") {
          lastMs = performance.now();
          if (frames === 0) firstMs = lastMs;
          frames += 1;
        }
        if (message.type === "stream" && (message.status.state === "ended" || message.status.state === "failed")) resolve(message);
      });
    });
    await new Promise((resolve) => socket.once("open", resolve));
    const answer = await fetch(`${app.url}/v1/streams`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ id: "bench", source: "clip.mp4", analysis: { blur: { enabled: false } } }) });
    if (!answer.ok) throw new Error(await answer.text());
    const { counters } = await ended;
    socket.close();
    const dropped = Object.values(counters.dropped).reduce((a, b) => a + b, 0);
    return { perSecond: ((frames - 1) * 1000) / (lastMs - firstMs), frames, counters, lawHolds: counters.decoded === counters.analysed + dropped + counters.inFlight };
  } finally {
    await app.close();
  }
}
