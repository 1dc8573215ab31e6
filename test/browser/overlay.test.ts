// The overlay in a real browser: transparent, drawn where the faces are, at any size; wrong parameters named; lost servers found again; tokens.

import type { Page } from "puppeteer-core";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startServer } from "../support/server-process.js";
import { openPage, startBrowser, type TestBrowser } from "./support/browser.js";
import { sceneFace, sceneHeight, sceneResult, sceneWidth } from "./support/fake-scene.js";
import { FakeServer } from "./support/fake-server.js";
import { hasText } from "./support/in-page.js";

const box = { x: 240, y: 120, width: 120, height: 120 };
const still = (seq: number) => ({ ...sceneResult("cam", seq, 0), faces: [{ ...sceneFace(0, 0), uncertain: false, box }] });

let chromium: TestBrowser;
let page: Page;
let faults: string[];
beforeAll(async () => {
  chromium = await startBrowser();
});
beforeEach(async () => {
  ({ page, faults } = await openPage(chromium.browser, sceneWidth, sceneHeight));
});
afterEach(async () => {
  await page.close();
  expect(faults).toEqual([]);
});
afterAll(async () => {
  await chromium.close();
});

const drawn = (faces: number) => page.waitForFunction(`Number(document.getElementById("overlay").dataset.faces) === ${faces}`, { timeout: 30_000 });
const hint = (text: string) => page.waitForFunction(hasText, { timeout: 30_000 }, "#hint:not([hidden])", text);
/** What a program gets that lays the page over a picture: RGBA, and where something is drawn. */
async function shot(): Promise<{ alphaAt: (x: number, y: number) => number; colourAt: (x: number, y: number) => number[]; drawnBox: () => { left: number; top: number; right: number; bottom: number } }> {
  const { data, info } = await sharp(await page.screenshot({ omitBackground: true })).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => (y * info.width + x) * 4;
  return {
    alphaAt: (x, y) => data[at(x, y) + 3]!,
    colourAt: (x, y) => [...data.subarray(at(x, y), at(x, y) + 3)],
    drawnBox: () => {
      const found = { left: info.width, top: info.height, right: -1, bottom: -1 };
      for (let y = 0; y < info.height; y++) {
        for (let x = 0; x < info.width; x++) {
          if (data[at(x, y) + 3]! < 40) continue;
          Object.assign(found, { left: Math.min(found.left, x), top: Math.min(found.top, y), right: Math.max(found.right, x), bottom: Math.max(found.bottom, y) });
        }
      }
      return found;
    },
  };
}

describe("drawing", () => {
  let server: FakeServer;
  const open = (query: string) => page.goto(`${server.url}overlay/?${query}`);
  beforeEach(async () => {
    server = await FakeServer.start();
    server.add("cam", { faces: 1, result: still });
  });
  afterEach(() => server.close());

  test("the ground is transparent, the corners too; the box stands where the face is, at any size of the page", async () => {
    await open("stream=cam&show=box&fade=0&color=ff0000");
    await drawn(1);
    for (const scale of [1, 3, 0.5]) {
      await page.setViewport({ width: sceneWidth * scale, height: sceneHeight * scale });
      await page.waitForFunction(`document.getElementById("overlay").width === ${sceneWidth * scale}`);
      const picture = await shot();
      const [right, bottom] = [sceneWidth * scale - 1, sceneHeight * scale - 1];
      expect([picture.alphaAt(0, 0), picture.alphaAt(right, 0), picture.alphaAt(0, bottom), picture.alphaAt(right, bottom)]).toEqual([0, 0, 0, 0]);
      expect(picture.alphaAt(Math.round((box.x + box.width / 2) * scale), Math.round((box.y + box.height / 2) * scale))).toBe(0);
      const { left, top, right: r, bottom: b } = picture.drawnBox();
      // Half of the lines' width stands outside.
      const line = 4 * Math.max(scale, 1);
      for (const [found, expected] of [[left, box.x], [top, box.y], [r, box.x + box.width], [b, box.y + box.height]] as const) expect(Math.abs(found - expected * scale)).toBeLessThan(line);
      const [red = 0, green = 255] = picture.colourAt(Math.round(box.x * scale), Math.round((box.y + 12) * scale));
      expect(red).toBeGreaterThan(120);
      expect(green).toBeLessThan(60);
    }
    expect(await page.$eval("#hint", (e) => e.hidden)).toBe(true);
  });

  test("mirror turns the boxes and not the words; a page of another shape keeps the picture's", async () => {
    await open("stream=cam&show=box&fade=0&mirror=1");
    await drawn(1);
    expect(Math.abs((await shot()).drawnBox().right - (sceneWidth - box.x))).toBeLessThan(4);
    await page.setViewport({ width: sceneWidth, height: sceneHeight * 2 });
    await page.waitForFunction(`document.getElementById("overlay").height === ${sceneHeight * 2}`);
    expect(Math.abs((await shot()).drawnBox().top - (box.y + sceneHeight / 2))).toBeLessThan(4);
  });

  test("each part is drawn when it is asked for", async () => {
    const areas: Record<string, number> = {};
    for (const show of ["box", "points", "label", "bars", "box,label,bars,points"]) {
      await open(`stream=cam&fade=0&show=${show}`);
      await drawn(1);
      const { left, top, right, bottom } = (await shot()).drawnBox();
      areas[show] = (right - left) * (bottom - top);
    }
    for (const [show, area] of Object.entries(areas)) expect(area, show).toBeGreaterThan(400);
    expect(new Set(Object.values(areas)).size).toBe(5);
  });

  test("wrong parameters are named on the page and in the console, and the rest is drawn", async () => {
    const said: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    await open("stream=cam&size=99&shwo=box&fade=0");
    await drawn(1);
    await hint('size: expected a number from 0.25 to 4, received "99"');
    await hint("shwo: expected one of the parameters stream, show,");
    expect(said.filter((text) => text.startsWith("Emostream overlay: "))).toHaveLength(2);
  });

  test("a stream is drawn when it is added; one that is paused or removed leaves the picture empty", async () => {
    await open("stream=later&fade=0");
    await page.waitForSelector("body[data-connection=open]");
    server.add("later", { faces: 1 });
    await drawn(1);
    server.setStatus("later", { state: "paused" });
    await drawn(0);
    server.setStatus("later", { state: "live" });
    await drawn(1);
    server.remove("later");
    await hint("The stream “later” was removed");
    await drawn(0);
  });

  test("without a stream it says how to name one", async () => {
    await open("");
    await hint("/overlay?stream=demo");
  });

  test("faces go when the server does, and come back with it", async () => {
    await open("stream=cam&fade=0");
    await drawn(1);
    const { port } = server;
    await server.close();
    await drawn(0);
    server = await FakeServer.start({ port });
    server.add("cam", { faces: 1, result: still });
    await drawn(1);
  });
});

test("on the real server: /overlay with a view token, which disappears from the address and stands in no log; the demo is drawn; no such stream is told", async () => {
  const viewToken = "the-view-token";
  await using server = await startServer({ args: ["--demo", "--log-level", "trace"], env: { EMOSTREAM_TOKEN: "the-admin-token", EMOSTREAM_VIEW_TOKEN: viewToken } });
  expect((await fetch(`${server.url}/overlay?stream=demo`)).status).toBe(401);
  expect((await fetch(`${server.url}/overlay?stream=demo&token=wrong-token-x`)).status).toBe(401);
  await page.goto(`${server.url}/overlay?stream=demo&show=box&token=${viewToken}`);
  expect(page.url()).toBe(`${server.url}/overlay/?stream=demo&show=box`);
  await page.waitForFunction("Number(document.getElementById('overlay').dataset.faces) >= 2", { timeout: 60_000 });
  await page.goto(`${server.url}/overlay?stream=nobody`);
  await hint("No stream “nobody” on this server");
  await server.stop();
  expect(server.output()).toContain("request refused");
  expect(server.output()).not.toMatch(/the-view-token|wrong-token-x/);
});
