// Drift of the overlay against the picture is zero: steadily, in bursts, with slow decoding that finishes out of order, and after a restart.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openPage, startBrowser, type TestBrowser } from "./support/browser.js";
import { sceneHeight, sceneWidth } from "./support/fake-scene.js";
import { FakeServer, type FakeServerOptions } from "./support/fake-server.js";
import { canvasOf, expectFrameExact, watchDrawings } from "./support/frame-exactness.js";
import { bitmapCounts, slowDecoding } from "./support/in-page.js";

const source = { width: sceneWidth, height: sceneHeight, codeOf: (seq: number) => seq & 0xffff };
let chromium: TestBrowser;
let server: FakeServer | undefined;
beforeAll(async () => {
  chromium = await startBrowser();
});
afterEach(async () => {
  await server?.close();
  server = undefined;
});
afterAll(async () => {
  await chromium.close();
});

async function serve(options: FakeServerOptions = {}): Promise<FakeServer> {
  server = await FakeServer.start(options);
  return server;
}

describe("overlay and picture belong to one frame", () => {
  test.each([
    ["at a steady pace", {}, 0],
    ["with pictures four frames behind their results", { pictureLag: 4 }, 0],
    ["with pictures ahead of their results", { pictureLag: -3 }, 0],
    ["in bursts with slow decoding out of order", { burst: 4 }, 120],
  ])("%s", async (_, options, decodeDelayMs) => {
    const { url, add } = await served(options);
    add("lobby");
    const { page, faults } = await openPage(chromium.browser);
    await page.evaluateOnNewDocument(slowDecoding, decodeDelayMs);
    await page.goto(url);
    const all = await watchDrawings(page, "lobby", source, 120);
    expectFrameExact(all, source);
    expect(all.every((d) => d.faces === 2)).toBe(true);
    expect(faults).toEqual([]);
    if (decodeDelayMs > 0) expect((await page.evaluate(bitmapCounts)).reordered).toBeGreaterThan(5);
    await page.close();
  });

  test("with two streams whose numbers differ", async () => {
    const { url, add } = await served({});
    add("lobby");
    add("door", { seq: 5000 });
    const { page } = await openPage(chromium.browser, 1440, 1000);
    await page.goto(url);
    for (const id of ["lobby", "door"]) {
      const all = await watchDrawings(page, id, source, 50);
      expectFrameExact(all, source);
      expect(all.every((d) => d.seq >= 5000 === (id === "door"))).toBe(true);
    }
    await page.close();
  });

  test("when the window changes its size and the picture is drawn again", async () => {
    const { url, add } = await served({});
    add("lobby");
    const { page } = await openPage(chromium.browser);
    await page.goto(url);
    await page.waitForSelector(canvasOf("lobby"));
    for (const width of [1000, 700, 480]) {
      await page.setViewport({ width, height: 800 });
      expectFrameExact(await watchDrawings(page, "lobby", source, 30), source);
    }
    await page.close();
  });

  test("after the server began anew, with numbers from zero", async () => {
    const first = await serve();
    first.add("lobby", { seq: 3000 });
    const { port, url } = first;
    const { page } = await openPage(chromium.browser);
    await page.goto(url);
    await watchDrawings(page, "lobby", source, 10);
    await first.close();
    server = await FakeServer.start({ port });
    server.add("lobby");
    await page.waitForFunction("Number(document.querySelector('[data-stream=lobby] canvas').dataset.seq) < 1000", { timeout: 30_000 });
    expectFrameExact(await watchDrawings(page, "lobby", source, 30), source);
    await page.close();
  });
});

test("the check itself sees a drift of one frame", async () => {
  const { url, add } = await served({});
  add("lobby");
  const { page } = await openPage(chromium.browser);
  await page.goto(url);
  const all = await watchDrawings(page, "lobby", source, 20);
  expect(() => expectFrameExact(all, { ...source, codeOf: (seq) => seq + 1 })).toThrow();
  await page.close();
});

test("bitmaps are closed: their number does not grow with the frames", async () => {
  const { url, add, remove } = await served({ burst: 2 });
  add("lobby");
  const { page } = await openPage(chromium.browser);
  await page.evaluateOnNewDocument(slowDecoding, 16);
  await page.goto(url);
  await page.waitForFunction("window.bitmaps.opened >= 200", { timeout: 60_000 });
  const { opened, closed } = await page.evaluate(bitmapCounts);
  // One on screen, one ready, a few that wait for their result.
  expect(opened - closed).toBeLessThanOrEqual(10);
  remove("lobby");
  await page.waitForFunction("window.bitmaps.opened === window.bitmaps.closed");
  await page.close();
});

/** The server's parts that a test needs, bound, so that they can be taken apart. */
async function served(options: FakeServerOptions) {
  const running = await serve(options);
  return { url: running.url, add: running.add.bind(running), remove: running.remove.bind(running) };
}
