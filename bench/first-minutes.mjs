// The first minutes of somebody who has just started the server, in Chromium: the own face after one click, pushed frames beside files, the
// first progress of a dropped film, and the results page with an hour of data. Chromium runs on the same cores, without a graphics card.
// Usage, after `npm run build`: node bench/first-minutes.mjs [--runs 5] [--json] [--write]
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "puppeteer-core";
import { createViewWriter } from "../dist/offline/views/view-files.js";
import { writeHour } from "../test/support/hour.js";
import { makeFrames, measurePush } from "./push-rate.mjs";
import { flag, machine, median, option, quantile, root, sum, writeSection } from "./report.mjs";
import { serve } from "./server.mjs";

const runs = Number(option("runs", "5"));
const demo = join(root, "assets/demo/demo.mp4");
const hourId = "a0123456789abcdef";
const dir = mkdtempSync(join(tmpdir(), "emostream-minutes-"));
let server;
let browser;
try {
  mkdirSync(join(dir, "media"));
  mkdirSync(join(dir, "frames"));
  await makeHour();
  server = await serve(dir);
  // Full-range 4:2:0 is what Chromium's reader of camera files takes.
  const camera = join(dir, "camera.mjpeg");
  execFileSync("ffmpeg", ["-v", "error", "-i", demo, "-an", "-t", "12", "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p", camera]);
  browser = await launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, userDataDir: join(dir, "profile"), args: ["--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", `--use-file-for-fake-video-capture=${camera}`] });
  const faceMs = [];
  for (let run = 0; run < runs; run += 1) faceMs.push(await ownFace());
  const push = await measurePush(server.url, makeFrames(join(dir, "frames")), runs);
  const results = await scrub();
  const progress = await dropTenMinutes();
  const summary = { machine: machine(), runs, faceMs: { median: median(faceMs), most: Math.max(...faceMs) }, push: { ...push, beyondMs: { median: median(push.beyondMs), p99: quantile(push.beyondMs, 0.99) } }, progress, results };
  if (flag("write")) writeSection("first-minutes", table(summary));
  console.log(flag("json") ? JSON.stringify(summary) : table(summary));
} finally {
  await browser?.close();
  await server?.close();
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
}

/** From the click on "Use my camera" to the first picture on the page with a face in it. */
async function ownFace() {
  const page = await browser.newPage();
  await page.goto(server.url);
  await page.waitForSelector("#connection[data-state=open]");
  const ms = await page.evaluate(async () => {
    const startedMs = performance.now();
    document.getElementById("camera").click();
    while (!(Number(document.querySelector("[data-stream=my-camera] canvas")?.dataset.faces) > 0)) await new Promise((resolve) => requestAnimationFrame(resolve));
    return performance.now() - startedMs;
  });
  await page.click("#camera-stop");
  await page.waitForSelector("[data-stream=my-camera]", { hidden: true });
  await page.close();
  return ms;
}

/** From the drop of a film of ten minutes to the first sign of progress, and to the first that is the analysis' own. */
async function dropTenMinutes() {
  const film = join(dir, "ten-minutes.mp4");
  execFileSync("ffmpeg", ["-v", "error", "-stream_loop", "29", "-i", demo, "-c", "copy", film]);
  const page = await browser.newPage();
  await page.goto(`${server.url}/analysis.html`);
  const input = await page.waitForSelector("#file-input");
  await page.evaluate((hour) => {
    globalThis.seen = {};
    document.getElementById("file-input").addEventListener("change", () => (globalThis.startedMs = performance.now()), { capture: true });
    const look = () => {
      const job = [...document.querySelectorAll(".job")].find((e) => e.dataset.job !== hour);
      if (job?.querySelector("[role=progressbar]:not([hidden])")) globalThis.seen[job.dataset.state] ??= performance.now() - globalThis.startedMs;
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
  }, hourId);
  await input.uploadFile(film);
  await page.waitForFunction("globalThis.seen.running !== undefined", { timeout: 60_000 });
  const seen = await page.evaluate("globalThis.seen");
  await page.close();
  return { firstMs: Math.min(...Object.values(seen)), analysisMs: seen.running };
}

/** Paintings of the screen a second while somebody moves through an hour: with the play head, and with a zoomed view along the strip. */
async function scrub() {
  const page = await browser.newPage();
  await page.setViewport({ width: 1440, height: 900 });
  await page.goto(`${server.url}/analysis.html#${hourId}`);
  await page.waitForSelector(".episode");
  await page.waitForNetworkIdle();
  const chart = await (await page.$(".chart-canvas")).boundingBox();
  const map = await (await page.$(".chart-map")).boundingBox();
  const head = await counted(page, (x) => page.mouse.click(chart.x + x * chart.width, chart.y + 60));
  await page.focus(".chart-canvas");
  for (let i = 0; i < 10; i += 1) await page.keyboard.press("+");
  await page.mouse.move(map.x + 5, map.y + 10);
  await page.mouse.down();
  const view = await counted(page, (x) => page.mouse.move(map.x + x * map.width, map.y + 10));
  await page.mouse.up();
  await page.close();
  return { head, view };
}

/** Moves for five seconds, back and forth through the hour, and counts what the browser paints meanwhile. */
async function counted(page, move) {
  await page.evaluate(() => {
    globalThis.gaps = [];
    let lastMs;
    const tick = (nowMs) => {
      if (lastMs !== undefined) globalThis.gaps.push(nowMs - lastMs);
      lastMs = nowMs;
      globalThis.counting = requestAnimationFrame(tick);
    };
    globalThis.counting = requestAnimationFrame(tick);
  });
  const startedMs = performance.now();
  let moves = 0;
  for (let now = startedMs; now - startedMs < 5000; now = performance.now()) {
    await move(0.5 + 0.48 * Math.sin((now - startedMs) / 800));
    moves += 1;
  }
  const gaps = await page.evaluate("cancelAnimationFrame(globalThis.counting), globalThis.gaps");
  return { moves, framesPerSecond: (gaps.length * 1000) / sum(gaps), p95GapMs: quantile(gaps, 0.95) };
}

/** A film of an hour among the server's finished analyses. */
async function makeHour() {
  const folder = join(dir, ".emostream/analyses", hourId);
  mkdirSync(folder, { recursive: true });
  const film = join(dir, "media/hour.mp4");
  execFileSync("ffmpeg", ["-v", "error", "-stream_loop", "179", "-i", demo, "-c", "copy", film]);
  writeFileSync(join(folder, "hour.csv"), "seq\r\n");
  const frames = await writeHour(createViewWriter(folder), 20);
  writeFileSync(join(folder, "info.json"), JSON.stringify({ version: 1, id: hourId, name: "hour.mp4", path: film, settings: {}, formats: ["csv"], deleteFileWhenRemoved: false, state: "done", frames, results: [{ file: "hour.csv", contentType: "text/csv", bytes: 5 }], createdAt: new Date().toISOString() }));
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}

function table({ faceMs, push, progress, results }) {
  const rate = (name) => median(push.rates.map((r) => r[name])).toFixed(0);
  return `
| what | measured | wanted |
|---|---|---|
| own face in Chromium (fake camera), from the click on *Use my camera*; median of ${runs} (most) | **${seconds(faceMs.median)}** (${seconds(faceMs.most)}) | 3 s |
| pushed 640x480 JPEGs, ${rate("pushed")} frames/s, beside the same JPEGs as a film, ${rate("file")}; median of ${runs} alternating passes | **${(100 * push.ratio).toFixed(0)} %** | 90 % |
| answer to a pushed frame beyond the engine's time for that frame alone, ${push.fps.toFixed(0)} frames/s; 99th percentile (median) | **${push.beyondMs.p99.toFixed(0)} ms** (${push.beyondMs.median.toFixed(0)} ms) | 60 ms |
| film of ten minutes dropped on the page, first progress (first of the analysis) | **${seconds(progress.firstMs)}** (${seconds(progress.analysisMs)}) | 1 s |
| results of an hour, frames/s while the play head is moved through the film (95th percentile of the gaps) | **${results.head.framesPerSecond.toFixed(0)}** (${results.head.p95GapMs.toFixed(0)} ms) | 60 |
| the same while a zoomed view is moved along the hour | **${results.view.framesPerSecond.toFixed(0)}** (${results.view.p95GapMs.toFixed(0)} ms) | 60 |

Chromium headless on the same cores, painting in software. ${machine()}. Written by \`node bench/first-minutes.mjs --write\`.`;
}
