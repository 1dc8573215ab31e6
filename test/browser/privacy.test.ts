// The viewer on a server in strict privacy mode: the faces on a plain ground, and why.

import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startServer, type ServerProcess } from "../support/server-process.js";
import { openPage, startBrowser, type TestBrowser } from "./support/browser.js";
import { shownFaces, sidewaysScroll } from "./support/in-page.js";

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
