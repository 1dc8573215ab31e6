// The viewer and the page of files on a server in strict privacy mode: the faces on a plain ground, numbers only, and why.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packageRoot } from "../../src/core/package-info.js";
import { startServer, type ServerProcess } from "../support/server-process.js";
import { openPage, startBrowser, type TestBrowser } from "./support/browser.js";
import { dropFile, hasText, shownFaces, sidewaysScroll } from "./support/in-page.js";

let server: ServerProcess;
let chromium: TestBrowser;
beforeAll(async () => {
  server = await startServer({ args: ["--demo", "--privacy", "strict", "--purpose", "reactions to our trailer", "--setting", "research"] });
  chromium = await startBrowser();
});
afterAll(async () => {
  await chromium?.close();
  await server?.[Symbol.asyncDispose]();
});

/** Colours of the canvas, apart from what is drawn over its ground: how many of its points are exactly the ground. */
async function groundShare(page: Page): Promise<number> {
  return (await page.evaluate(`(() => {
    const canvas = document.querySelector("[data-stream=demo] canvas.picture-canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let ground = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] === 0x15 && data[i + 1] === 0x1a && data[i + 2] === 0x24) ground++;
    return ground / (data.length / 4);
  })()`)) as number;
}

test.each([[1440, 900], [390, 844]])("at %i x %i boxes stand on a plain ground, faces in the list, and the page says why", async (width, height) => {
  const { page, faults } = await openPage(chromium.browser, width, height);
  const errors: string[] = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(server.url);
  await page.waitForFunction("Number(document.querySelector('[data-stream=demo] canvas.picture-canvas')?.dataset.faces) >= 2", { timeout: 60_000 });
  expect(await page.$eval("#privacy", (e) => e.textContent)).toBe("Strict privacy: no picture leaves the server, so boxes stand on a plain ground. Purpose: reactions to our trailer. Setting: research.");
  const first = await page.evaluate(shownFaces, "demo");
  expect(first.rows.length).toBeGreaterThanOrEqual(2);
  expect(await groundShare(page)).toBeGreaterThan(0.4);
  await page.waitForFunction(`Number(document.querySelector("[data-stream=demo] canvas.picture-canvas").dataset.seq) >= ${first.seq + 20}`, { timeout: 60_000 });
  expect(await page.evaluate(sidewaysScroll)).toBeLessThanOrEqual(0);
  expect([...faults, ...errors]).toEqual([]);
  if (process.env["SHOTS"] !== undefined) await page.screenshot({ path: `${process.env["SHOTS"]}/strict-${width}.png` });
  await page.close();
});

test("a video that is dropped on either page is analysed for numbers only; its faces stand on a plain ground, and the player says why", async () => {
  const { page, faults } = await openPage(chromium.browser, 1440, 900);
  const refused: string[] = [];
  page.on("response", (response) => response.status() >= 400 && refused.push(`${response.status()} ${response.url()}`));
  const bytes = (await readFile(join(packageRoot, "assets/demo/demo.mp4"))).toString("base64");
  await page.goto(server.url);
  await page.waitForSelector("#connection[data-state=open]");
  await Promise.all([page.waitForNavigation(), page.evaluate(dropFile, "body", "first.mp4", bytes, "drop")]);
  expect(await page.$eval("#privacy", (e) => e.textContent)).toContain("Strict privacy: no picture leaves the server");
  expect(await page.$eval("#with-video-field", (e) => e.checkVisibility())).toBe(false);
  expect(await page.$eval("#without-video", (e) => e.checkVisibility())).toBe(true);
  await page.evaluate(dropFile, "body", "second.mp4", bytes, "drop");
  await page.waitForFunction("document.querySelectorAll('.job[data-state=done]').length === 2", { timeout: 240_000 });
  await page.click(".job-link");
  await page.waitForFunction(hasText, {}, ".player-notice", "No film: in strict privacy");
  await page.focus(".chart-canvas");
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction("Number(document.querySelector('.overlay').dataset.faces) >= 2", { timeout: 30_000 });
  const downloads = await page.$$eval(".download", (all) => all.map((a) => (a as HTMLAnchorElement).download));
  expect(downloads.toSorted()).toEqual(["csv", "eaf", "episodes.vtt", "jsonl", "parquet", "subjects.csv", "vtt"].map((ending) => `second.${ending}`));
  expect(refused).toEqual([]);
  expect(faults).toEqual([]);
  if (process.env["SHOTS"] !== undefined) await page.screenshot({ path: `${process.env["SHOTS"]}/strict-results.png` });
  await page.close();
}, 300_000);

test("who uses the own camera is told that others see no picture", async () => {
  const own = await startBrowser("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream");
  const { page, faults } = await openPage(own.browser);
  await page.goto(server.url);
  await page.waitForSelector("#connection[data-state=open]");
  await page.click("#camera");
  await page.waitForFunction(hasText, {}, "#camera-text", "Whoever may open this page sees boxes and numbers, and no picture.");
  await page.waitForSelector("[data-stream=my-camera] canvas[data-seq]");
  expect(faults).toEqual([]);
  await own.close();
});
