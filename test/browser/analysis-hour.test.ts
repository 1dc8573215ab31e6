// An hour of results in the browser: the page never asks for the whole, whatever is done, and goes on painting. Counted are requests, bytes
// and paintings, not time. The hour is written by the writers that an analysis uses.

import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApp, type App } from "../../src/app.js";
import { parseConfig } from "../../src/core/config.js";
import { createViewWriter } from "../../src/offline/views/view-files.js";
import { openPage, startBrowser, type TestBrowser } from "./support/browser.js";
import { writeHour } from "../support/hour.js";

const id = "a0123456789abcdef";
const fps = 25;
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
  const files = createViewWriter(folder);
  const frames = await writeHour(files, fps);
  for (const { path } of files.outputs) keptBytes += (await stat(path)).size;
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
