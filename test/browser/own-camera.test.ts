// "Use my camera": Chromium's fake camera shows the demo's composites, and with one click there are faces with boxes. Before that, the exact
// proof on a camera of painted numbers: what is drawn is the very picture that its result belongs to.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startApp, type App } from "../../src/app.js";
import { parseConfig } from "../../src/core/config.js";
import type { DetectedFace, Engine, EngineInput } from "../../src/core/engine.js";
import type { Frame } from "../../src/core/frame.js";
import { silentLogger } from "../../src/core/logger.js";
import { packageRoot } from "../../src/core/package-info.js";
import { openPushedSource } from "../../src/ingest/index.js";
import { createStream } from "../../src/pipeline/index.js";
import { encodePreview } from "../../src/preview.js";
import { createServer, type EmostreamServer } from "../../src/server/index.js";
import { barCodeBits, barCodeRowHeight, barCodeWidth } from "./support/bar-code.js";
import { clipHeight, clipWidth, writeBarCodeClip } from "./support/bar-code-clip.js";
import { openPage, startBrowser, type TestBrowser } from "./support/browser.js";
import { fakeCamera } from "./support/fake-camera.js";
import { watchDrawings } from "./support/frame-exactness.js";
import { hasText, shownFaces, sidewaysScroll } from "./support/in-page.js";

let folder: string;
let chromium: TestBrowser | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "emostream-camera-"));
});
afterEach(async () => {
  await chromium?.close();
  chromium = undefined;
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const settings = (more: object = {}) =>
  parseConfig({ server: { port: 0, mediaRoot: folder, stateFile: join(folder, "state.json"), workDir: join(folder, "work"), ...more }, log: { level: "silent" } });
const waitForText = (page: Page, selector: string, text: string) => page.waitForFunction(hasText, { timeout: 30_000 }, selector, text);

/** Reads the painted number and answers with as many faces as its last two bits say, below the number; notes how the number stood. */
class NumberEngine implements Engine {
  readonly info = { name: "numbers", version: "0", models: [] };
  readonly concurrency = 1;
  upright = 0;
  mirrored = 0;

  analyze(batch: readonly EngineInput[]): Promise<readonly (readonly DetectedFace[])[]> {
    return Promise.resolve(batch.map(({ picture }) => this.#faces(readNumber(picture, false), readNumber(picture, true))));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #faces(upright: number, mirrored: number): DetectedFace[] {
    if (upright >= 0) this.upright += 1;
    if (mirrored >= 0) this.mirrored += 1;
    return Array.from({ length: Math.max(upright, mirrored, 0) % 4 }, (_, n) => {
      const [x, y] = [60 + n * 200, 230];
      return { box: { x, y, width: 80, height: 80 }, score: 0.9, landmarks: [[x + 20, y + 30], [x + 60, y + 30], [x + 40, y + 45], [x + 25, y + 60], [x + 55, y + 60]] };
    });
  }
}

function readNumber({ data, width, height }: EngineInput["picture"], mirrored: boolean): number {
  const block = Math.floor((width * barCodeWidth) / barCodeBits);
  const row = Math.floor(height * barCodeRowHeight);
  const light = (column: number, line: number) => {
    const x = Math.floor((column + 0.5) * block);
    return data[(Math.floor((line + 0.5) * row) * width + (mirrored ? width - 1 - x : x)) * 3]!;
  };
  let value = 0;
  for (let column = 0; column < barCodeBits; column++) {
    const [upper, lower] = [light(column, 0), light(column, 1)];
    if (Math.abs(upper - lower) < 80) return -1;
    value = value * 2 + (upper > lower ? 1 : 0);
  }
  return value;
}

describe("a camera of painted numbers", () => {
  const engine = new NumberEngine();
  let server: EmostreamServer;
  /** Pictures that the server made. */
  let encoded = 0;
  beforeAll(async () => {
    const config = settings();
    const encode = encodePreview(config.preview);
    const deps = {
      engine,
      logger: silentLogger(),
      encodePreview: (frame: Frame) => {
        encoded += 1;
        return encode(frame);
      },
    };
    server = await createServer({
      config,
      logger: silentLogger(),
      version: "1",
      engineInfo: engine.info,
      makeStream: (spec, openSource) => createStream(spec, { ...deps, openSource: openSource! }),
      openPushedSource,
      parseSource: () => expect.unreachable(),
      webDir: join(packageRoot, "web"),
    });
  });
  afterAll(async () => {
    await server.close();
  });

  test("is drawn from the pictures that were sent, each with its own result; mirrored or not; and stops", async () => {
    await writeBarCodeClip(join(folder, "numbers.mp4"), 250);
    chromium = await startBrowser(...fakeCamera(join(folder, "numbers.mp4"), join(folder, "numbers.mjpeg")));
    const { page, faults } = await openPage(chromium.browser);
    await page.goto(server.url);
    await page.waitForSelector("#connection[data-state=open]");
    await page.click("#empty [data-use-camera]");
    await page.waitForSelector("#camera-panel[data-state=live]");
    await page.waitForSelector("[data-stream=my-camera] canvas[data-seq]");
    expect(await page.$eval("#camera-text", (e) => e.textContent)).toContain("nothing is stored");
    expect(await page.$eval("#camera", (e) => (e as HTMLButtonElement).disabled)).toBe(true);
    await waitForText(page, ".card-title", "My camera");
    // Mirrored to begin with.
    expect(engine.mirrored).toBeGreaterThan(0);
    expect(engine.upright).toBe(0);
    // Nobody but this page watches, and it has the pictures: the server makes none.
    const before = encoded;
    await page.click("#camera-mirror");
    const all = await watchDrawings(page, "my-camera", { width: clipWidth, height: clipHeight, codeOf: (seq) => seq }, 60);
    expect(encoded).toBe(before);
    const read = all.filter((d) => d.code >= 0);
    // At most the few pictures that were on their way when the switch was turned are still mirrored.
    expect(all.length - read.length).toBeLessThanOrEqual(4);
    expect(read.filter((d) => d.faces !== d.code % 4 || d.seq !== d.overlaySeq)).toEqual([]);
    expect(new Set(read.map((d) => d.faces))).toEqual(new Set([0, 1, 2, 3]));

    await page.click("#camera-stop");
    await page.waitForSelector("[data-stream=my-camera]", { hidden: true });
    await page.waitForSelector("#camera-panel", { hidden: true });
    expect(((await (await fetch(`${server.url}/v1/streams`)).json()) as { streams: unknown[] }).streams).toEqual([]);
    // And on again.
    await page.click("#camera");
    await page.waitForSelector("[data-stream=my-camera] canvas[data-seq]");
    // Removed on its card, the camera goes off too.
    await page.click('[data-stream=my-camera] button[aria-label^="Remove"]');
    await page.click("#confirm-dialog [value=yes]");
    await page.waitForSelector("#camera-panel", { hidden: true });
    expect(faults).toEqual([]);
    await page.close();
  });

  test("of two cameras the other one can be picked", async () => {
    chromium = await startBrowser("--use-fake-device-for-media-stream=device-count=2", "--use-fake-ui-for-media-stream");
    const { page, faults } = await openPage(chromium.browser);
    await page.goto(server.url);
    await page.click("#camera");
    await page.waitForSelector("#camera-device", { visible: true });
    const [first, second] = await page.$$eval("#camera-device option", (all) => all.map((o) => ({ value: o.value, selected: o.selected })));
    expect(first?.selected).toBe(true);
    await page.waitForSelector("[data-stream=my-camera] canvas[data-seq]");
    await page.select("#camera-device", second!.value);
    // A new stream in the place of the old one, from the camera that was picked.
    await page.waitForFunction(`document.querySelector("#camera-device").value === ${JSON.stringify(second!.value)} && document.querySelector("#camera-panel").dataset.state === "live"`);
    await page.waitForFunction("document.querySelectorAll('.card').length === 1 && document.querySelectorAll('.card[data-state=live] canvas[data-seq]').length === 1");
    await page.click("#camera-stop");
    await page.waitForSelector("#camera-panel", { hidden: true });
    expect(faults).toEqual([]);
    await page.close();
  });

  test("somebody else watches it on the feed like any other stream", async () => {
    chromium = await startBrowser(...fakeCamera(join(folder, "numbers.mp4"), join(folder, "numbers.mjpeg")));
    const own = await openPage(chromium.browser);
    await own.page.goto(server.url);
    await own.page.click("#camera");
    await own.page.waitForSelector("[data-stream=my-camera] canvas[data-seq]");
    const other = await openPage(chromium.browser);
    await other.page.goto(server.url);
    // The owner's tab is in the background now, where its camera rests; in front its pictures come.
    await other.page.waitForSelector("[data-stream=my-camera]");
    expect(await other.page.$eval("#camera-panel", (e) => (e as HTMLElement).hidden)).toBe(true);
    expect(await other.page.$eval("#camera", (e) => (e as HTMLButtonElement).disabled)).toBe(false);
    await own.page.close();
    await waitForText(other.page, "[data-stream=my-camera] .state", "Ended");
    await other.page.close();
  });

  test("not allowed: says so, and how to allow it", async () => {
    chromium = await startBrowser(...fakeCamera(join(folder, "numbers.mp4"), join(folder, "numbers.mjpeg"), false));
    const { page, faults } = await openPage(chromium.browser);
    await page.goto(server.url);
    await page.click("#camera");
    await waitForText(page, "#camera-title", "The camera was not allowed");
    await page.waitForSelector("#camera-again", { visible: true });
    await page.click("#camera-stop");
    await page.waitForSelector("#camera-panel", { hidden: true });
    expect(faults).toEqual([]);
    await page.close();
  });

  test("no camera: says so", async () => {
    chromium = await startBrowser("--use-fake-ui-for-media-stream");
    const { page } = await openPage(chromium.browser);
    await page.goto(server.url);
    await page.click("#camera");
    await waitForText(page, "#camera-title", "No camera was found");
    await page.close();
  });
});

test("a page that is neither of this machine nor over https is told why it gets no camera", async () => {
  const token = "a-token-of-enough-length";
  const app = await startApp(settings({ token }), { demo: false, sources: [] });
  chromium = await startBrowser("--host-resolver-rules=MAP emo.example 127.0.0.1", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream");
  const { page, faults } = await openPage(chromium.browser, 360, 740);
  const { port } = new URL(app.url);
  await page.goto(`http://emo.example:${port}/?token=${token}`);
  await page.click("#camera");
  await waitForText(page, "#camera-title", "Your browser gives this page no camera");
  expect(await page.$eval("#camera-text", (e) => e.textContent)).toContain(`http://localhost:${port}`);
  expect(await page.evaluate(sidewaysScroll)).toBe(0);
  expect(faults).toEqual([]);
  await page.close();
  await app.close();
});

describe("the real models", () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp(settings(), { demo: false, sources: [] });
  });
  afterAll(async () => {
    await app.close();
  });

  test("one click, and faces with boxes and bars appear", async () => {
    chromium = await startBrowser(...fakeCamera(join(packageRoot, "assets/demo/demo.mp4"), join(folder, "demo.mjpeg")));
    const { page, faults } = await openPage(chromium.browser, 1440, 900);
    await page.goto(app.url);
    await page.click("#camera");
    await page.waitForFunction("Number(document.querySelector('[data-stream=my-camera] canvas')?.dataset.faces) >= 2", { timeout: 60_000 });
    const { rows } = await page.evaluate(shownFaces, "my-camera");
    expect(rows.length).toBeGreaterThanOrEqual(2);
    for (const row of rows) expect(row.bars.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 1);
    expect(faults).toEqual([]);
    await page.close();
  });
});
