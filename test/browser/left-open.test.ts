// A viewer that is left open: many streams, hostile names, nobody in the picture, a server that goes and comes back, and memory over time.

import type { Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { openPage, startBrowser, type TestBrowser } from "./support/browser.js";
import { FakeServer } from "./support/fake-server.js";
import { hasText, sidewaysScroll } from "./support/in-page.js";

let chromium: TestBrowser;
let server: FakeServer;
let page: Page;
let faults: string[];
beforeAll(async () => {
  chromium = await startBrowser();
});
beforeEach(async () => {
  server = await FakeServer.start();
  ({ page, faults } = await openPage(chromium.browser, 1440, 900));
});
afterEach(async () => {
  await page.close();
  await server.close();
  expect(faults).toEqual([]);
});
afterAll(async () => {
  await chromium.close();
});

const open = async (hash = "") => {
  await page.goto(server.url + hash);
  await page.waitForSelector("#connection[data-state=open]");
};
const markup = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";

test("64 streams are listed; the wall shows them in pages of 16, without scrolling", async () => {
  for (let n = 1; n <= 64; n++) server.add(`cam-${n}`, { faces: 0, status: { state: n % 8 === 0 ? "live" : "paused", attempt: 0, fps: 0 } });
  await open();
  await page.waitForFunction(hasText, {}, "#counts", "64 streams · 8 live");
  await page.keyboard.press("f");
  const seen: string[][] = [];
  for (let turn = 0; turn < 4; turn++) {
    seen.push(await page.$$eval(".card", (all) => all.filter((e) => e.checkVisibility()).map((e) => (e as HTMLElement).dataset["stream"] ?? "")));
    expect(await page.evaluate("document.scrollingElement.scrollHeight - innerHeight")).toBe(0);
    await page.keyboard.press("ArrowRight");
  }
  expect(seen.map((ids) => ids.length)).toEqual([16, 16, 16, 16]);
  expect(new Set(seen.flat()).size).toBe(64);
  await page.waitForFunction(hasText, {}, "#wall-page", "1 to 16 of 64");
});

test.each([1, 2, 3, 5, 7, 10, 16])("%i on the wall: all in sight, none outside the screen, names in letters that are large", async (count) => {
  for (let n = 1; n <= count; n++) server.add(`cam-${n}`, { faces: 0, status: { state: "paused", attempt: 0, fps: 0, width: n % 3 === 0 ? 360 : 640, height: n % 3 === 0 ? 640 : 360 } });
  await open("#wall");
  await page.waitForFunction(`document.querySelectorAll('.card').length === ${count}`);
  const places = await page.$$eval(".card", (all) =>
    all.map((card) => {
      const { left, top, right, bottom, width } = card.getBoundingClientRect();
      const picture = card.querySelector(".picture")!.getBoundingClientRect();
      const title = card.querySelector(".card-title")!;
      const inside = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && picture.width <= width + 1 && picture.bottom <= bottom + 1;
      return { inside, whole: title.scrollWidth <= title.clientWidth, size: Number.parseFloat(getComputedStyle(title).fontSize) };
    }),
  );
  for (const place of places) expect(place).toEqual({ inside: true, whole: true, size: expect.any(Number) });
  expect(Math.min(...places.map((p) => p.size))).toBeGreaterThanOrEqual(18);
});

test("markup in names, sources, reasons and messages stays text, in every view", async () => {
  server.add("evil", { name: markup, source: markup });
  await open();
  server.setStatus("evil", { state: "failed", reason: { code: "from_tomorrow" as "internal", message: markup } });
  await page.waitForFunction(hasText, {}, ".notice-title", "<img");
  for (const hash of ["#wall", "#stream=evil"]) {
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    await page.waitForFunction(hasText, {}, ".card-title", "<img");
    expect(await page.$$("main img")).toEqual([]);
    expect(await page.$$("main script")).toEqual([]);
    expect(await page.title()).not.toBe("owned");
  }
  await page.waitForFunction(hasText, {}, ".quality", "<script>");
});

test("a name without end widens nothing", async () => {
  server.add("long", { name: "n".repeat(200), source: `rtsp://${"s".repeat(3000)}/` });
  for (const hash of ["", "#wall", "#stream=long"]) {
    await page.setViewport({ width: 360, height: 740, isMobile: true, hasTouch: true });
    await page.goto("about:blank");
    await open(hash);
    await page.waitForSelector("[data-stream=long] canvas[data-seq]");
    expect(await page.evaluate(sidewaysScroll)).toBe(0);
  }
});

test("a stream without faces says so in its details", async () => {
  server.add("empty", { faces: 0 });
  await open("#stream=empty");
  await page.waitForSelector("canvas[data-faces='0']");
  await page.waitForFunction(hasText, {}, ".minutes-panel", "No face was seen");
  await page.waitForFunction(hasText, {}, ".scores-panel", "No face in the picture");
  expect(await page.$eval(".scores-panel .button", (e) => (e as HTMLButtonElement).disabled)).toBe(true);
});

test.each(["#wall", "#stream=lobby"])("the server goes and comes back under %s: it says so, and goes on in the same view", async (hash) => {
  server.add("lobby");
  await open(hash);
  await page.waitForSelector("[data-stream=lobby] canvas[data-seq]");
  const { port } = server;
  await server.close();
  await page.waitForSelector("#connection[data-state=waiting]", { visible: true });
  server = await FakeServer.start({ port });
  server.add("lobby", { seq: 5000 });
  await page.waitForSelector("#connection[data-state=open]", { timeout: 30_000 });
  await page.waitForFunction("Number(document.querySelector('[data-stream=lobby] canvas.picture-canvas').dataset.seq) >= 5000", { timeout: 30_000 });
  expect(page.url()).toBe(server.url + hash);
});

test("many messages later the page holds no more elements than it may, and no bitmap too many", async () => {
  server.add("lobby", { faces: 3 });
  await page.evaluateOnNewDocument("window.open_ = 0; const d = createImageBitmap; window.createImageBitmap = async (...a) => { const b = await d(...a); window.open_++; const c = b.close.bind(b); b.close = () => { window.open_--; c(); }; return b; };");
  await open("#stream=lobby");
  await page.waitForSelector(".score-face");
  for (let episodeId = 1; episodeId <= 1500; episodeId++) {
    const event = { type: "episode", v: 1, streamId: "lobby", seq: 1, ptsMs: 0, episodeId, trackId: (episodeId % 900) + 1, emotion: "fear", raw: 0.9, smoothed: 0.6, sinceOnsetMs: 100 } as const;
    server.tell({ ...event, event: "onset" });
    if (episodeId % 3 !== 0) server.tell({ ...event, event: "offset" });
  }
  await page.waitForFunction("document.querySelectorAll('.episode').length === 40");
  await page.waitForFunction(hasText, {}, ".episode:first-child .track-chip", `#${(1500 % 900) + 1}`);
  const before = await page.evaluate("document.querySelectorAll('*').length");
  const seq = () => page.$eval("canvas.picture-canvas", (e) => Number((e as HTMLElement).dataset["seq"]));
  const first = await seq();
  await page.waitForFunction(`Number(document.querySelector('canvas.picture-canvas').dataset.seq) > ${first + 100}`, { timeout: 30_000 });
  expect(await page.evaluate("document.querySelectorAll('*').length")).toBeLessThanOrEqual((before as number) + 20);
  expect(await page.evaluate("window.open_")).toBeLessThanOrEqual(12);
});
