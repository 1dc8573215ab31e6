// The wall, the details of one stream and its settings, by a real browser on the real server with its models.

import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startApp, type App } from "../../src/app.js";
import { parseConfig } from "../../src/core/config.js";
import { packageRoot } from "../../src/core/package-info.js";
import type { StreamInfo } from "../../src/server/schemas.js";
import { openPage, startBrowser, type TestBrowser } from "./support/browser.js";
import { focusedElement, hasText } from "./support/in-page.js";

const token = "the-admin-token";
const viewToken = "the-view-token";
let folder: string;
let app: App;
let chromium: TestBrowser;
let page: Page;
let faults: string[];
const config = (more: object = {}) => parseConfig({ server: { port: 0, mediaRoot: folder, stateFile: join(folder, "state.json"), workDir: join(folder, "work"), token, viewToken }, log: { level: "silent" }, ...more });
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "emostream-views-"));
  app = await startApp(config(), { demo: true, sources: [] });
  chromium = await startBrowser();
});
beforeEach(async () => {
  ({ page, faults } = await openPage(chromium.browser, 1440, 900));
});
afterEach(async () => {
  await page.close();
  expect(faults).toEqual([]);
});
afterAll(async () => {
  await chromium.close();
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

const open = async (hash = "", shown = token): Promise<void> => {
  // The token's link first: it leads to the address without it.
  await page.goto(`${app.url}/?token=${shown}`);
  if (hash !== "") await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  await page.waitForSelector("#connection[data-state=open]");
  await page.waitForSelector(`[data-stream="${hash.split("=")[1] ?? "demo"}"] canvas[data-seq]`, { timeout: 30_000 });
};
const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
const info = async (id: string): Promise<StreamInfo> => (await (await fetch(`${app.url}/v1/streams/${id}`, { headers })).json()) as StreamInfo;
const waitForText = (selector: string, text: string) => page.waitForFunction(hasText, { timeout: 30_000 }, selector, text);

describe("the wall", () => {
  test("key f: pictures fill the screen, the bar goes by itself and comes back; f again, and all is as before", async () => {
    await open();
    await page.keyboard.press("f");
    await page.waitForSelector("body.view-wall");
    expect(page.url()).toBe(`${app.url}/#wall`);
    await page.waitForFunction("document.fullscreenElement !== null");
    const room = await page.evaluate("({ scroll: document.scrollingElement.scrollHeight - innerHeight, width: document.querySelector('.card').clientWidth / innerWidth, size: parseFloat(getComputedStyle(document.querySelector('.card-title')).fontSize) })");
    expect(room).toEqual({ scroll: 0, width: expect.closeTo(1, 1), size: 44 });
    expect(await page.$eval(".card-actions", (e) => e.checkVisibility())).toBe(false);
    await page.waitForSelector("body.idle", { timeout: 10_000 });
    await page.waitForFunction("getComputedStyle(document.getElementById('wall-bar')).opacity === '0' && getComputedStyle(document.body).cursor === 'none'");
    await page.mouse.move(300, 300);
    await page.waitForSelector("body:not(.idle)");
    await page.keyboard.press("f");
    await page.waitForSelector("body.view-grid");
    await page.waitForFunction("document.fullscreenElement === null");
    expect(page.url()).toBe(`${app.url}/`);
    expect((await page.evaluate(focusedElement)).name).toBe("Full-screen wall");
  });

  test("key f can be switched off, also for the next visit, and on again", async () => {
    await open();
    expect(await page.$eval("#wall", (e) => [e.getAttribute("aria-keyshortcuts"), e.title])).toEqual(["f", "Full-screen wall (f)"]);
    await page.focus("#letter-keys");
    await page.keyboard.press("Space");
    await page.keyboard.press("f");
    await page.reload();
    await page.waitForSelector("#connection[data-state=open]");
    await page.keyboard.press("f");
    expect(await page.$eval("body", (e) => e.className)).toContain("view-grid");
    expect(await page.$eval("#wall", (e) => [e.getAttribute("aria-keyshortcuts"), e.title])).toEqual([null, "Full-screen wall"]);
    await page.click("#letter-keys");
    await page.keyboard.press("f");
    await page.waitForSelector("body.view-wall");
    await page.keyboard.press("Escape");
    await page.evaluate("localStorage.clear()");
  });

  test("f is a letter where somebody types", async () => {
    await open();
    await page.$eval("#add", (e) => (e as HTMLElement).click());
    await page.type("#add-source", "file.mp4");
    expect(await page.$eval("body", (e) => e.className)).toContain("view-grid");
    expect(await page.$eval("#add-source", (e) => (e as HTMLInputElement).value)).toBe("file.mp4");
  });
});

describe("details", () => {
  test("show minutes, episodes with their numbers, and quality of what runs", async () => {
    await open("#stream=demo");
    await page.waitForSelector(".episode .moments div:nth-child(3)", { timeout: 30_000 });
    const moments = await page.$$eval(".episode:has(.moments div:nth-child(3)) .moments dt", (all) => all.slice(0, 3).map((e) => e.textContent));
    expect(moments).toEqual(["Onset", "Peak", "Offset"]);
    await page.waitForFunction("document.querySelector('.minutes-canvas')?.getAttribute('aria-label')?.includes('Last 5 minutes')");
    await waitForText(".quality", "fps");
    const facts = await page.$$eval(".quality .fact", (all) => Object.fromEntries(all.map((e) => [e.querySelector("dt")?.textContent, e.querySelector(".fact-value")?.textContent])));
    expect(facts).toMatchObject({ Latency: expect.stringMatching(/^\d+ ms$/), Size: expect.stringMatching(/^\d+ px$/), Sharpness: expect.stringMatching(/^\d\.\d\d$/), Uncertain: expect.stringMatching(/%$/), Picture: "640 × 360" });
  });

  test("a resting face: raw and smoothed stay, corrected comes beside them, and can be forgotten", async () => {
    // One face that stays, however slow the machine is.
    execFileSync("ffmpeg", ["-v", "error", "-y", "-loop", "1", "-framerate", "10", "-i", join(packageRoot, "assets/demo/faces/neutral.png"), "-t", "60", "-vf", "scale=320:-2,pad=640:480:-1:-1,format=yuv420p", "-c:v", "libx264", "-preset", "ultrafast", join(folder, "still.mp4")]);
    await fetch(`${app.url}/v1/streams`, { method: "POST", headers, body: JSON.stringify({ id: "still", source: "still.mp4", loop: true, analysis: { baseline: { seconds: 1 } } }) });
    await open("#stream=still");
    await page.waitForSelector("[data-stream=still] .score-face", { timeout: 30_000 });
    expect(await page.$$eval(".score-face thead th", (all) => all.slice(0, 3).map((e) => e.textContent))).toEqual(["Raw", "Smoothed", "Corrected"]);
    expect(await page.$eval(".score-face tbody td:nth-child(4)", (e) => e.textContent)).toBe("–");
    await page.$eval(".scores-panel .panel-buttons button", (e) => (e as HTMLElement).click());
    await waitForText(".scores-panel .panel-note", "for 1 second.");
    await page.waitForFunction("[...document.querySelectorAll('.score-face tbody td:nth-child(4)')].some((e) => /^[+−]?\\d+$/.test(e.textContent))", { timeout: 30_000 });
    // Beside, not instead: the others are still whole percents that sum to about 100.
    const sums = await page.$$eval(".score-face", (all) => all.map((e) => [...e.querySelectorAll("tbody td:nth-child(3)")].reduce((sum, cell) => sum + Number.parseInt(cell.textContent ?? "", 10), 0)));
    for (const sum of sums) expect(sum).toBeGreaterThan(94);
    await page.waitForSelector(".scores-panel .panel-buttons button:nth-child(2):not([hidden])");
    await page.$eval(".scores-panel .panel-buttons button:nth-child(2)", (e) => (e as HTMLElement).click());
    await waitForText(".scores-panel .panel-note", "forgotten");
    await page.waitForFunction("[...document.querySelectorAll('.score-face tbody td:nth-child(4)')].every((e) => e.textContent === '–')");
    await fetch(`${app.url}/v1/streams/still`, { method: "DELETE", headers });
  });

  test("settings: what is changed counts at once and is kept; what does not fit says so at its field", async () => {
    await fetch(`${app.url}/v1/streams`, { method: "POST", headers, body: JSON.stringify({ id: "door", source: "rtsp://127.0.0.1:9/x" }) });
    await open();
    await page.click('[data-stream=door] button[aria-label^="Details"]');
    await page.$eval("[data-stream=door] .settings summary", (e) => (e as HTMLElement).click());
    await page.waitForSelector("[name=maxFps]");
    expect(await page.$eval('[name="episodes.onsetAt"]', (e) => (e as HTMLInputElement).value)).toBe("0.5");
    await page.type("[name=maxFps]", "7.5");
    await page.click('[name="blur.enabled"]');
    await page.type("[name=regions]", "0 0 0.5 1");
    await page.$eval("#setting-door-name", (e) => Object.assign(e, { value: "Back door" }));
    await page.$eval('[name="episodes.offsetBelow"]', (e) => Object.assign(e, { value: "0.9" }));
    await page.$eval(".settings [type=submit]", (e) => (e as HTMLElement).click());
    await waitForText(".settings .form-error", "expected offsetBelow to be at most onsetAt");
    expect((await info("door")).settings.analysis.maxFps).toBeUndefined();
    await page.$eval('[name="episodes.offsetBelow"]', (e) => Object.assign(e, { value: "2" }));
    await page.$eval(".settings [type=submit]", (e) => (e as HTMLElement).click());
    await page.waitForSelector('[name="episodes.offsetBelow"][aria-invalid=true]');
    await page.$eval('[name="episodes.offsetBelow"]', (e) => Object.assign(e, { value: "0.2" }));
    await page.$eval(".settings [type=submit]", (e) => (e as HTMLElement).click());
    await waitForText(".settings .panel-note", "Saved");
    await waitForText("[data-stream=door] .card-title", "Back door");
    expect((await info("door")).settings.analysis).toMatchObject({ maxFps: 7.5, blur: { enabled: true, sigma: 0.8 }, regions: [{ x: 0, y: 0, width: 0.5, height: 1 }], episodes: { onsetAt: 0.5, offsetBelow: 0.2 } });
    const stored = JSON.parse(await readFile(join(folder, "state.json"), "utf8")) as { streams: { analysis: unknown }[] };
    expect(stored.streams[0]?.analysis).toEqual({ maxFps: 7.5, blur: { enabled: true }, regions: [{ x: 0, y: 0, width: 0.5, height: 1 }], episodes: { offsetBelow: 0.2 } });
    await page.$eval(".settings .panel-buttons button:nth-child(2)", (e) => (e as HTMLElement).click());
    await page.waitForFunction("document.querySelector('[name=maxFps]').value === ''");
    expect((await info("door")).settings.analysis).toEqual(config().analysis);
    await fetch(`${app.url}/v1/streams/door`, { method: "DELETE", headers });
  });
});

describe("who may only look", () => {
  test("sees streams and details, and no button that would be refused", async () => {
    // A context of its own: cookies of the other tests' token stay outside.
    const context = await chromium.browser.createBrowserContext();
    const looking = await context.newPage();
    await looking.setViewport({ width: 1440, height: 900 });
    await looking.goto(`${app.url}/?token=${viewToken}#stream=demo`);
    await looking.waitForSelector("body[data-role=view]");
    await looking.waitForSelector(".score-face");
    const names = await looking.$$eval("button, summary", (all) => all.filter((e) => e.checkVisibility()).map((e) => (e.getAttribute("aria-label") ?? e.textContent ?? "").split(":")[0]));
    expect(names.toSorted()).toEqual(["All streams", "Colours", "Full-screen wall"]);
    await looking.keyboard.press("Escape");
    await looking.waitForSelector("body.view-grid");
    const onGrid = await looking.$$eval("button, summary", (all) => all.filter((e) => e.checkVisibility()).map((e) => (e.getAttribute("aria-label") ?? e.textContent ?? "").split(":")[0]));
    expect(onGrid.toSorted()).toEqual(["Colours", "Details", "Full-screen wall"]);
    await context.close();
  });
});

test("pictures are asked for of streams in sight, and of no others", async () => {
  for (let n = 1; n <= 8; n++) await fetch(`${app.url}/v1/streams`, { method: "POST", headers, body: JSON.stringify({ id: `cam-${n}`, source: "rtsp://127.0.0.1:9/x" }) });
  const asked: { preview: string; previewStreams?: string[] }[] = [];
  const cdp = await page.createCDPSession();
  await cdp.send("Network.enable");
  cdp.on("Network.webSocketFrameSent", ({ response }) => {
    asked.push(JSON.parse(response.payloadData) as (typeof asked)[number]);
  });
  await open();
  await page.waitForSelector("[data-stream=cam-8]");
  await expect.poll(() => asked.at(-1)?.previewStreams ?? [], { timeout: 15_000 }).toContain("demo");
  expect(asked.at(-1)?.previewStreams).not.toContain("cam-8");
  await page.$eval("[data-stream=cam-8]", (e) => e.scrollIntoView());
  await expect.poll(() => asked.at(-1)?.previewStreams ?? [], { timeout: 15_000 }).toContain("cam-8");
  expect(asked.at(-1)?.previewStreams).not.toContain("demo");
  await page.click('[data-stream=cam-8] button[aria-label^="Details"]');
  await expect.poll(() => asked.at(-1)?.previewStreams, { timeout: 15_000 }).toEqual(["cam-8"]);
  // On the wall all nine are in sight.
  await page.keyboard.press("f");
  await expect.poll(() => asked.at(-1)?.previewStreams?.length, { timeout: 15_000 }).toBe(9);
  for (let n = 1; n <= 8; n++) await fetch(`${app.url}/v1/streams/cam-${n}`, { method: "DELETE", headers });
});
