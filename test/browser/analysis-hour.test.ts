// An hour of results in the browser: the page never asks for the whole, whatever is done, and goes on painting. Counted are requests, bytes
// and paintings, not time. The hour is written by the writers that an analysis uses.

import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApp, type App } from "../../src/app.js";
import { parseConfig } from "../../src/core/config.js";
import { emotionNames, type EmotionScores } from "../../src/core/emotions.js";
import type { Face } from "../../src/core/feed.js";
import { createViewWriter } from "../../src/offline/views/view-files.js";
import { openPage, startBrowser, type TestBrowser } from "./support/browser.js";

const id = "a0123456789abcdef";
const fps = 25;
const frames = 3600 * fps;
const people = 6;
let dir: string;
let app: App;
let chromium: TestBrowser;
/** All that the compact files hold, and what the JSON lines of such an hour would at the least. */
let keptBytes = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "emostream-hour-"));
  const folder = join(dir, "work", id);
  await mkdir(folder, { recursive: true });
  await mkdir(join(dir, "media"));
  await writeFile(join(dir, "media", "hour.mp4"), "no film: the page says that it cannot be played");
  await writeFile(join(folder, "hour.csv"), "seq\r\n");
  keptBytes = await writeHour(folder);
  const info = { version: 1, id, name: "hour.mp4", path: join(dir, "media", "hour.mp4"), settings: {}, formats: ["csv"], deleteFileWhenRemoved: false, state: "done", frames, results: [{ file: "hour.csv", contentType: "text/csv", bytes: 5 }], createdAt: new Date().toISOString() };
  await writeFile(join(folder, "info.json"), JSON.stringify(info));
  const server = { port: 0, mediaRoot: join(dir, "media"), stateFile: join(dir, "state.json"), workDir: join(dir, "work") };
  app = await startApp(parseConfig({ server, engine: { name: "noop" }, log: { level: "silent" } }), { demo: false, sources: [] });
  chromium = await startBrowser();
}, 240_000);
afterAll(async () => {
  await chromium?.close();
  await app?.close();
  await rm(dir, { recursive: true, force: true });
});

/** Six people, one of them always; an episode every four seconds. */
async function writeHour(folder: string): Promise<number> {
  const { writer, outputs } = createViewWriter(folder);
  for (let seq = 0; seq < frames; seq += 1) {
    const timeMs = (seq * 1000) / fps;
    const second = Math.floor(seq / fps);
    if (seq % (4 * fps) === 0) for (const event of ["onset", "peak", "offset"] as const) await writer.episode?.({ event, episodeId: second + 1, trackId: 1 + (second % people), emotion: emotionNames[(second / 4) % 7]!, seq, epoch: 0, ptsMs: timeMs, raw: 0.9, smoothed: 0.8, sinceOnsetMs: 0, timeMs: timeMs + (event === "onset" ? 0 : event === "peak" ? 500 : 2000) });
    const faces = Array.from({ length: people }, (_, i) => i + 1).filter((track) => track === 1 || (second + track) % 3 > 0).map((track) => faceOf(track, seq));
    await writer.frame({ seq, epoch: 0, ptsMs: timeMs, timeMs, width: 640, height: 360, faces });
  }
  await writer.finish();
  let bytes = 0;
  for (const output of outputs) {
    await output.complete();
    await output.publish();
    bytes += (await stat(output.path)).size;
  }
  return bytes;
}

function faceOf(trackId: number, seq: number): Face {
  const wave = 0.5 + 0.45 * Math.sin(seq / 40 + trackId);
  const smoothed: EmotionScores = { anger: 0, disgust: 0, fear: 0, happiness: wave, sadness: 0, surprise: 0, neutral: 1 - wave };
  return { trackId, box: { x: trackId * 90, y: 80 + 20 * wave, width: 70, height: 70 }, score: 0.9, landmarks: [[0, 0], [0, 0], [0, 0], [0, 0], [0, 0]], emotions: smoothed, smoothed, label: wave > 0.5 ? "happiness" : "neutral", uncertain: false };
}

interface Traffic {
  requests: { readonly path: string; readonly query: URLSearchParams; readonly bytes: number }[];
}

function watch(page: Page): Traffic {
  const traffic: Traffic = { requests: [] };
  page.on("response", (response) => {
    const url = new URL(response.url());
    if (!url.pathname.includes(`/v1/analyses/${id}`)) return;
    void response.buffer().then((bytes) => traffic.requests.push({ path: url.pathname, query: url.searchParams, bytes: bytes.length })).catch(() => undefined);
  });
  return traffic;
}

test("is looked at in small pieces", async () => {
  expect(keptBytes).toBeGreaterThan(20_000_000);
  const { page, faults } = await openPage(chromium.browser, 1440, 900);
  const traffic = watch(page);
  // Every painting of the chart writes its attributes.
  await page.goto(`${app.url}/analysis.html#${id}`);
  await page.waitForSelector(".chart-canvas[data-bucket-ms]");
  await page.evaluate("window.paintings = 0; new MutationObserver(() => window.paintings++).observe(document.querySelector('.chart-canvas'), { attributes: true, attributeFilter: ['data-from-ms', 'data-head-ms'] })");
  const total = () => traffic.requests.reduce((sum, r) => sum + r.bytes, 0);
  const paintings = () => page.evaluate("window.paintings") as Promise<number>;
  // The whole hour in view.
  await page.waitForSelector(".overlay[data-faces='1'], .overlay[data-faces]:not([data-faces=''])");
  await page.waitForSelector(".episode");
  await page.waitForNetworkIdle();
  const atFirst = total();
  expect(atFirst).toBeLessThan(keptBytes / 20);
  expect(traffic.requests.filter((r) => r.path.endsWith("/results/hour.csv") || r.path.endsWith(".jsonl"))).toEqual([]);
  // Zoomed in to seconds, then moved through it.
  await page.focus(".chart-canvas");
  for (let i = 0; i < 16; i += 1) await page.keyboard.press("+");
  await page.waitForFunction("Number(document.querySelector('.chart-canvas').dataset.toMs) < 5000");
  await page.waitForNetworkIdle();
  const painted = await paintings();
  const box = (await (await page.$(".chart-canvas"))!.boundingBox())!;
  for (let drag = 0; drag < 5; drag += 1) {
    await page.mouse.move(box.x + 700, box.y + 80);
    await page.mouse.down();
    for (let step = 1; step <= 12; step += 1) {
      await page.mouse.move(box.x + 700 - step * 50, box.y + 80);
      await page.evaluate("new Promise((done) => requestAnimationFrame(() => done()))");
    }
    await page.mouse.up();
  }
  // Each step of each drag was painted, whatever was still on its way from the server.
  expect((await paintings()) - painted).toBeGreaterThanOrEqual(50);
  // Far away in one step, by the strip with the whole film.
  const map = (await (await page.$(".chart-map"))!.boundingBox())!;
  await page.mouse.click(map.x + map.width * 0.75, map.y + 10);
  await page.waitForFunction("Number(document.querySelector('.chart-canvas').dataset.fromMs) > 2600000");
  await page.mouse.click(box.x + 300, box.y + 80);
  await page.waitForFunction("Number(document.querySelector('.overlay').dataset.timeMs) > 2600000");
  // To the end of the list of episodes.
  await page.$eval(".episodes", (e) => (e.scrollTop = e.scrollHeight));
  await page.waitForFunction("[...document.querySelectorAll('.episode-time')].some((e) => e.textContent.startsWith('59:5'))");
  expect(await page.$$eval(".episode", (all) => all.length)).toBeLessThan(40);
  await page.waitForNetworkIdle();
  for (const { path, query, bytes } of traffic.requests) {
    expect([path, query.toString(), bytes < 400_000]).toEqual([path, query.toString(), true]);
    if (path.endsWith("/frames")) expect(Number(query.get("to")) - Number(query.get("from"))).toBeLessThanOrEqual(4000);
    if (path.endsWith("/curves")) expect(Number(query.get("points"))).toBeLessThanOrEqual(256);
    if (path.endsWith("/episodes")) expect(Number(query.get("limit"))).toBeLessThanOrEqual(100);
  }
  expect(total()).toBeLessThan(keptBytes / 10);
  expect(new Set(traffic.requests.filter((r) => r.path.endsWith("/curves") || r.path.endsWith("/frames")).map((r) => `${r.path}?${r.query}`)).size).toBe(traffic.requests.filter((r) => r.path.endsWith("/curves") || r.path.endsWith("/frames")).length);
  expect(faults).toEqual([]);
  await page.close();
});
