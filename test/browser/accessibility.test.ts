// Every view and dialog of the viewer on the real server, dark and light, through axe; and what axe does not see: sizes of what is touched.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startApp, type App } from "../../src/app.js";
import { parseConfig } from "../../src/core/config.js";
import { violations } from "./support/axe.js";
import { openPage, startBrowser, type TestBrowser } from "./support/browser.js";
import { hasText, sidewaysScroll, smallTargets } from "./support/in-page.js";

let folder: string;
let app: App;
let chromium: TestBrowser;
let page: Page;
let faults: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "emostream-axe-"));
  const server = { port: 0, mediaRoot: folder, stateFile: join(folder, "state.json"), workDir: join(folder, "work") };
  app = await startApp(parseConfig({ server, log: { level: "silent" } }), { demo: true, sources: [] });
  // Nobody answers there: a card with a reason and a countdown.
  const door = { id: "door", name: "Front door", source: "rtsp://127.0.0.1:9/stream" };
  await fetch(`${app.url}/v1/streams`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(door) });
  chromium = await startBrowser();
});
beforeEach(async () => {
  ({ page, faults } = await openPage(chromium.browser));
  // Colours between two states of a transition are nobody's.
  await page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
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

const open = async (scheme: string, hash = "") => {
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: scheme },
    { name: "prefers-reduced-motion", value: "reduce" },
  ]);
  await page.goto(`${app.url}/${hash}`);
  await page.waitForSelector("[data-stream=demo] canvas[data-seq]");
  await page.waitForSelector("[data-stream=door]");
};

test("the check itself sees faults", async () => {
  await open("light");
  await page.evaluate("document.querySelector('.card-title').style.color = '#c9ccd3'; document.body.append(Object.assign(document.createElement('button')))");
  const found = await violations(page);
  expect(found.map((line) => line.split(":")[0])).toEqual(expect.arrayContaining(["button-name", "color-contrast"]));
});

describe.each(["light", "dark"])("%s: axe finds nothing in", (scheme) => {
  test("the grid", async () => {
    await open(scheme);
    await page.waitForFunction(hasText, {}, "[data-stream=door] .notice-title", "Nothing answers");
    expect(await violations(page)).toEqual([]);
  });

  test("the wall", async () => {
    await open(scheme, "#wall");
    expect(await violations(page)).toEqual([]);
  });

  test("the details of one stream, with faces, episodes and its settings open", async () => {
    await open(scheme, "#stream=demo");
    await page.waitForSelector(".score-face");
    await page.waitForSelector(".episode", { timeout: 20_000 });
    await page.$eval(".settings summary", (e) => (e as HTMLElement).click());
    await page.waitForSelector("[name=maxFps]");
    await page.type("[name=maxFps]", "0");
    await page.$eval(".settings [type=submit]", (e) => (e as HTMLElement).click());
    await page.waitForSelector("[aria-invalid=true]");
    expect(await violations(page)).toEqual([]);
  });

  test("the dialogs, and a link to a stream that is not there", async () => {
    await open(scheme);
    await page.$eval("#add", (e) => (e as HTMLElement).click());
    await page.$eval("#add-dialog summary", (e) => (e as HTMLElement).click());
    await page.$eval("#add-submit", (e) => (e as HTMLElement).click());
    await page.waitForSelector("#add-source[aria-invalid=true]");
    expect(await violations(page)).toEqual([]);
    await page.$eval("#add-cancel", (e) => (e as HTMLElement).click());
    await page.click('[data-stream=door] button[aria-label^="Remove"]');
    await page.waitForSelector("#confirm-dialog[open]");
    expect(await violations(page)).toEqual([]);
    await page.$eval("#confirm-dialog [value=no]", (e) => (e as HTMLElement).click());
    await page.evaluate("location.hash = '#stream=nobody'");
    await page.waitForSelector("#missing", { visible: true });
    expect(await violations(page)).toEqual([]);
  });
});

test.each(["", "#stream=demo", "#wall"])("a phone of 360 pixels: nothing is wider, everything that is touched is 44 pixels large %s", async (hash) => {
  await page.setViewport({ width: 360, height: 740, deviceScaleFactor: 2, isMobile: true, hasTouch: true });
  await open("light", hash);
  if (hash === "#stream=demo") {
    await page.waitForSelector(".score-face");
    await page.$eval(".settings summary", (e) => (e as HTMLElement).click());
    await page.waitForSelector("[name=maxFps]");
  }
  expect(await page.evaluate(sidewaysScroll)).toBe(0);
  expect(await page.evaluate(smallTargets, 44)).toEqual([]);
  if (hash !== "") return;
  await page.$eval("#add", (e) => (e as HTMLElement).click());
  await page.$eval("#add-dialog summary", (e) => (e as HTMLElement).click());
  expect(await page.evaluate(smallTargets, 44)).toEqual([]);
});
