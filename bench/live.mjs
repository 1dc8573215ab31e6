// Live streams as a client gets them: RTSP cameras whose pictures carry their own number, so that each result's age is known from the moment the camera sent
// the picture until a client has the result. The same cameras with an engine that finds nothing tell how much of that is the network's and the decoder's own.
// 4 cameras: age. 8 and 16: evenness. 30 cameras in front of an empty room: whether they fit.
//
// Usage, after `npm run build`: node bench/live.mjs [--seconds 20] [--quick] [--json] [--write]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { parseConfig } from "../dist/core/config.js";
import { hasRtsp, rtspCamera } from "../scripts/chaos/support/cameras.mjs";
import { treeCpuMs } from "../scripts/chaos/support/processes.mjs";
import { startServer } from "../scripts/chaos/support/server.mjs";
import { sleep } from "../scripts/chaos/support/wait.mjs";
import { makeClip } from "./clip.mjs";
import { FrameAges } from "./frame-ages.mjs";
import { flag, machine, median, option, quantile, sum, writeSection } from "./report.mjs";

const quick = flag("quick");
const seconds = Number(option("seconds", quick ? "4" : "20"));
/** Until models are loaded and the controller has settled. */
const warmUpSeconds = quick ? 3 : 12;
const fps = 15;
const size = { width: 640, height: 360 };
const { latencyTargetMs } = parseConfig({}).live;

if (!hasRtsp()) {
  process.stderr.write("skipped: GStreamer's RTSP server is not installed (see test/support/rtsp_server.py)\n");
  process.exit(0);
}
const work = mkdtempSync(join(tmpdir(), "emostream-live-"));
try {
  const clips = { faces: join(work, "faces.mkv"), room: join(work, "room.mkv") };
  const clipSeconds = warmUpSeconds + seconds + (quick ? 15 : 30);
  await makeClip(clips.faces, { ...size, fps, seconds: clipSeconds, faces: 2 });
  if (!quick) await makeClip(clips.room, { ...size, fps, seconds: clipSeconds, noise: 4, numbered: false });
  const own = await play("faces", 4, { engine: { name: "noop" } });
  const loads = quick ? [["faces", 4]] : [["faces", 4], ["faces", 8], ["faces", 16], ["room", 30]];
  const runs = [];
  for (const [clip, cameras] of loads) runs.push(await play(clip, cameras, {}));
  const report = { machine: machine(), seconds, fps, ...size, latencyTargetMs, ownDelayMs: own.ageMs.median, runs };
  if (flag("write")) writeSection("live", table(report));
  console.log(flag("json") ? JSON.stringify(report) : table(report));

  /** So many cameras at one server, each a process of its own that plays from when it is asked. */
  async function play(clip, cameras, config) {
    const undo = [];
    const folder = mkdtempSync(join(work, "server-"));
    try {
      const server = await startServer(folder, config, { plain: true, watch: false });
      undo.push(() => server.stop());
      const t = { defer: (one) => undo.push(one) };
      const ages = new FrameAges(fps);
      const socket = new WebSocket(`${server.url.replace("http", "ws")}/v1/feed${clip === "faces" ? "?preview=jpeg" : ""}`);
      await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
      socket.on("message", (data, isBinary) => ages.take(data, isBinary));
      for (let n = 0; n < cameras; n++) {
        const camera = await rtspCamera(t, { file: clips[clip] });
        ages.follow(`cam-${n}`, camera);
        await server.add(`cam-${n}`, camera.url, { transport: "tcp" });
      }
      // Pictures only for as long as it takes to learn which time of the stream is which frame of the clip.
      if (clip === "faces") await ages.aligned();
      socket.send(JSON.stringify({ type: "subscribe", preview: "none" }));
      await sleep(warmUpSeconds * 1000);
      const before = { streams: await server.streams(), cpu: treeCpuMs(server.pid), atMs: performance.now() };
      ages.begin();
      const reasons = {};
      while (performance.now() - before.atMs < seconds * 1000) {
        await sleep(1000);
        for (const { pace } of await server.streams()) if (pace !== undefined) reasons[pace.reason] = (reasons[pace.reason] ?? 0) + 1;
      }
      const tookSeconds = (performance.now() - before.atMs) / 1000;
      const after = { streams: await server.streams(), cpu: treeCpuMs(server.pid) };
      const { agesMs, results, faces } = ages.end();
      socket.close();
      return { clip, cameras, ...summary({ before, after, tookSeconds }), results, facesPerResult: faces / Math.max(1, results), ageMs: spreadOf(agesMs), paceReasons: reasons };
    } finally {
      for (const one of undo.toReversed()) await one();
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

function summary({ before, after, tookSeconds }) {
  const grown = after.streams.map(({ id, counters }) => {
    const old = before.streams.find((s) => s.id === id).counters;
    return { decoded: counters.decoded - old.decoded, analysed: counters.analysed - old.analysed, dropped: Object.fromEntries(Object.entries(counters.dropped).map(([why, n]) => [why, n - old.dropped[why]])) };
  });
  const rates = grown.map(({ analysed }) => analysed / tookSeconds);
  const dropped = {};
  for (const one of grown) for (const [why, n] of Object.entries(one.dropped)) if (n > 0) dropped[why] = (dropped[why] ?? 0) + n;
  const cpuMs = sum(Object.values(after.cpu)) - sum(Object.values(before.cpu));
  return { rates: { least: Math.min(...rates), most: Math.max(...rates) }, decoded: sum(grown.map(({ decoded }) => decoded)), dropped, cores: cpuMs / (1000 * tookSeconds) };
}

function spreadOf(values) {
  return values.length === 0 ? undefined : { median: median(values), p99: quantile(values, 0.99), most: Math.max(...values) };
}

function list(counts) {
  return Object.entries(counts).map(([name, n]) => `${name} ${n}`).join(", ") || "none";
}

function table({ ownDelayMs, runs }) {
  const ms = (value, mark = "") => (value === undefined ? "" : `${mark}${(value - ownDelayMs).toFixed(0)}${mark}`);
  const lines = runs.map((r) => `| ${r.cameras} cameras, ${r.clip === "faces" ? `${r.facesPerResult.toFixed(2)} faces` : "an empty room"} | ${r.rates.least.toFixed(1)} to ${r.rates.most.toFixed(1)} | ${ms(r.ageMs?.median)} | ${ms(r.ageMs?.p99, "**")} | ${r.decoded} | ${list(r.dropped)} | ${list(r.paceReasons)} | ${r.cores.toFixed(2)} |`);
  return `RTSP cameras over TCP (GStreamer), ${fps} frames/s of ${size.width}x${size.height}, H.264, all defaults, on the same machine as the server; ${seconds} s after ${warmUpSeconds} s. "Median" and "p99": milliseconds from the moment the
camera sent a picture until a client has its result, above the median of the same way with an engine that finds nothing (${ownDelayMs.toFixed(0)} ms: camera, network, decoder). "Pace": reasons that the controller gave, each second, each stream;
\`every_frame\` means that it held nothing back. Drops other than \`paced\` would be ones that it does not explain. "Cores": CPU time of server and decoders in a second.

| | analysed, frames/s each | median | p99 | decoded | dropped | pace | cores |
|---|---|---|---|---|---|---|---|
${lines.join("\n")}

${machine()}. Written by \`node bench/live.mjs --write\`.`;
}
