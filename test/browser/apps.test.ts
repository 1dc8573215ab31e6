// The pages of docs/apps.md as a stranger serves them: another origin, allowed or not.

import { readFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startServer, type ServerProcess } from "../support/server-process.js";
import { openPage, startBrowser, type TestBrowser } from "./support/browser.js";

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");
let pages: Server;
let html = "";
let origin: string;
let server: ServerProcess;
let chromium: TestBrowser;
beforeAll(async () => {
  pages = createServer((_req, res) => res.setHeader("content-type", "text/html; charset=utf-8").end(html));
  pages.listen(0, "127.0.0.1");
  await once(pages, "listening");
  origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
  server = await startServer({ args: ["--demo"], config: { server: { allowedOrigins: [origin] } } });
  chromium = await startBrowser();
});
afterAll(async () => {
  await chromium?.close();
  await server?.[Symbol.asyncDispose]();
  pages.close();
});

/** Share of the canvas that is not as it began. */
const inked = `(() => {
  const { width, height } = document.querySelector("canvas");
  const { data } = document.querySelector("canvas").getContext("2d").getImageData(0, 0, width, height);
  let ink = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 60 && Math.max(data[i], data[i + 1], data[i + 2]) - Math.min(data[i], data[i + 1], data[i + 2]) > 60) ink++;
  return ink / (data.length / 4);
})()`;

test("the sketch draws the demo's faces from an allowed origin", async () => {
  html = await read("examples/sketch.html");
  expect(html.trimEnd().split("\n").length).toBeLessThanOrEqual(30);
  expect(html).not.toMatch(/src=|https:/);
  const { page, faults } = await openPage(chromium.browser, 640, 360);
  await page.goto(`${origin}/sketch.html?server=${new URL(server.url).host}`);
  await page.waitForFunction("frame.faces.length >= 2", { timeout: 60_000 });
  await page.waitForFunction(`${inked} > 0.005`, { timeout: 60_000 });
  expect(faults).toEqual([]);
  await page.close();
});

test("the page in five lines draws them too", async () => {
  const docs = await read("docs/apps.md");
  const five = /```html\n([^]*?)\n```/.exec(docs)![1]!;
  expect(five.split("\n")).toHaveLength(5);
  html = five.replace("127.0.0.1:8080", new URL(server.url).host);
  expect(html).not.toBe(five);
  const { page, faults } = await openPage(chromium.browser, 640, 360);
  await page.goto(origin);
  await page.waitForFunction(`(() => { const { data } = document.querySelector("canvas").getContext("2d").getImageData(0, 0, 640, 360); return data.some((value) => value > 0); })()`, { timeout: 60_000 });
  expect(faults).toEqual([]);
  await page.close();
});

test("from an origin that is not allowed nothing comes", async () => {
  html = await read("examples/sketch.html");
  const { page } = await openPage(chromium.browser, 640, 360);
  const refused = new Promise<string>((resolve) => page.on("console", (message) => message.text().includes("WebSocket") && resolve(message.text())));
  await page.goto(`${origin.replace("127.0.0.1", "localhost")}/sketch.html?server=${new URL(server.url).host}`);
  expect(await refused).toContain("403");
  expect(await page.evaluate("frame.faces.length")).toBe(0);
  await page.close();
});
