// The viewer on the real server: FFmpeg decodes a clip with painted numbers, the pipeline counts frames, sharp makes the previews, and what
// Chromium has on its canvas must be the frame that the overlay belongs to.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApp, type App } from "../../src/app.js";
import { parseConfig } from "../../src/core/config.js";
import { clipHeight, clipWidth, writeBarCodeClip } from "./support/bar-code-clip.js";
import { openPage, startBrowser, type TestBrowser } from "./support/browser.js";
import { expectFrameExact, watchDrawings } from "./support/frame-exactness.js";
import { bitmapCounts, hasText, slowDecoding } from "./support/in-page.js";

const clipFrames = 250;
const source = { width: clipWidth, height: clipHeight, codeOf: (seq: number) => seq % clipFrames };
let folder: string;
let app: App;
let chromium: TestBrowser;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "emostream-viewer-"));
  await writeBarCodeClip(join(folder, "numbers.mp4"), clipFrames);
  const server = { port: 0, mediaRoot: folder, stateFile: join(folder, "state.json"), workDir: join(folder, "work") };
  app = await startApp(parseConfig({ server, engine: { name: "noop" }, log: { level: "silent" } }), { demo: false, sources: [] });
  chromium = await startBrowser();
});
afterAll(async () => {
  await chromium?.close();
  await app?.close();
  await rm(folder, { recursive: true, force: true });
});

test("a clip added by the form plays frame-exactly; also with slow decoding out of order, over its loop, and after a pause", async () => {
  const { page, faults } = await openPage(chromium.browser);
  await page.goto(app.url);
  await page.waitForSelector("#connection[data-state=open]");
  await page.click("#add");
  await page.type("#add-source", "numbers.mp4");
  await page.click("#add-dialog summary");
  await page.type("#add-id", "numbers");
  await page.click("[name=loop]");
  await page.click("#add-submit");
  const steady = await watchDrawings(page, "numbers", source, 100);
  expectFrameExact(steady, source);

  const loaded = await openPage(chromium.browser, 900, 700);
  await loaded.page.evaluateOnNewDocument(slowDecoding, 150);
  await loaded.page.goto(app.url);
  const late = await watchDrawings(loaded.page, "numbers", source, 100);
  expectFrameExact(late, source);
  expect((await loaded.page.evaluate(bitmapCounts)).reordered).toBeGreaterThan(5);
  expect(late.at(-1)?.seq).toBeGreaterThan(clipFrames);
  await loaded.page.close();

  await page.bringToFront();
  await page.click('button[data-action="pause"]');
  await page.waitForFunction(hasText, {}, ".state", "Paused");
  await page.click('button[data-action="resume"]');
  await page.waitForFunction(hasText, {}, ".state", "Live");
  // The file is opened anew while seq goes on: from here on number and seq stay one fixed distance apart.
  const resumed = (await watchDrawings(page, "numbers", source, 60)).slice(10);
  const distance = (resumed[0]?.seq ?? 0) - (resumed[0]?.code ?? 0);
  expectFrameExact(resumed, { ...source, codeOf: (seq) => (seq - distance) % clipFrames });
  expect(faults).toEqual([]);
  await page.click('button[aria-label^="Remove"]');
  await page.click("#confirm-dialog [value=yes]");
  await page.waitForSelector(".card", { hidden: true });
  await page.close();
});

test("what the server refuses stands at its field in plain words", async () => {
  const { page, faults } = await openPage(chromium.browser);
  await page.goto(app.url);
  await page.click("#add");
  await page.type("#add-source", "no-such-file.mp4");
  await page.click("#add-submit");
  await page.waitForFunction(hasText, {}, "#add-error", "Nothing was found at this address");
  await page.click("#add-dialog summary");
  await page.type("#add-id", "Not An Id");
  await page.click("#add-submit");
  await page.waitForFunction(hasText, {}, "#add-id-error", "Expected 1 to 64");
  expect(faults).toEqual([]);
  await page.close();
});

test("a camera that refuses the connection says so on its card", async () => {
  const { page } = await openPage(chromium.browser);
  await page.goto(app.url);
  await page.click("#add");
  await page.type("#add-source", "rtsp://127.0.0.1:9/none");
  await page.click("#add-submit");
  await page.waitForFunction(hasText, { timeout: 20_000 }, ".notice-title", "Nothing answers at this address");
  await page.close();
});

test("the printed link with a token opens the viewer; the token leaves the address, the cookie carries the feed", async () => {
  const token = "a-token-of-enough-length";
  const server = { port: 0, token, mediaRoot: folder, stateFile: join(folder, "guarded.json"), workDir: join(folder, "guarded") };
  const guarded = await startApp(parseConfig({ server, engine: { name: "noop" }, log: { level: "silent" } }), { demo: false, sources: [] });
  const { page, faults } = await openPage(chromium.browser);
  await page.goto(new URL(`?token=${token}`, guarded.url).href);
  await page.waitForSelector("#connection[data-state=open]");
  expect(page.url()).toBe(new URL("/", guarded.url).href);
  await page.click("#add");
  await page.type("#add-source", "numbers.mp4");
  await page.click("#add-submit");
  await page.waitForSelector(".card canvas[data-seq]");
  expect(faults).toEqual([]);
  await page.close();
  await guarded.close();
});
