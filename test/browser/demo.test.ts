// What `npm start` promises: the demo clip, the real models, and in a real browser a box, a track id and seven emotion bars on every face.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApp, type App } from "../../src/app.js";
import { parseConfig } from "../../src/core/config.js";
import { emotionNames } from "../../src/core/emotions.js";
import { openPage, startBrowser, type TestBrowser } from "./support/browser.js";
import { shownFaces } from "./support/in-page.js";

let folder: string;
let app: App;
let chromium: TestBrowser;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "emostream-demo-"));
  const server = { port: 0, mediaRoot: folder, stateFile: join(folder, "state.json"), workDir: join(folder, "work") };
  app = await startApp(parseConfig({ server, log: { level: "silent" } }), { demo: true, sources: [] });
  chromium = await startBrowser();
});
afterAll(async () => {
  await chromium?.close();
  await app?.close();
  await rm(folder, { recursive: true, force: true });
});

test("the demo moves, with a track id and seven bars for every face", async () => {
  const { page, faults } = await openPage(chromium.browser, 1440, 900);
  await page.goto(app.url);
  await page.waitForFunction("Number(document.querySelector('[data-stream=demo] canvas.picture-canvas')?.dataset.faces) >= 2", { timeout: 60_000 });
  const first = await page.evaluate(shownFaces, "demo");
  expect(first.rows.length).toBeGreaterThanOrEqual(2);
  for (const row of first.rows) {
    expect(row.chip).toMatch(/^#\d+$/);
    expect(row.names).toEqual(emotionNames.map((name) => name.charAt(0).toUpperCase() + name.slice(1)));
    // Bars show what the feed says: probabilities that sum to one.
    expect(row.bars.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 1);
  }
  await page.waitForFunction(`Number(document.querySelector("[data-stream=demo] canvas.picture-canvas").dataset.seq) >= ${first.seq + 20}`, { timeout: 60_000 });
  expect(faults).toEqual([]);
  await page.close();
});
