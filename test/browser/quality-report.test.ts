// The quality report in a real browser, from disk: it asks for nothing, breaks no rule of its own policy, sorts, filters, and fits.

import { writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AppError } from "../../src/core/errors.js";
import { studyColumns } from "../../src/offline/study/item.js";
import type { StudyOutcome } from "../../src/offline/study/outcome.js";
import { QualityMeter } from "../../src/offline/study/quality/measures.js";
import { qualityHtml } from "../../src/offline/study/quality/report-html.js";
import { makeTempFolder, type TempFolder } from "../support/temp-folder.js";
import { face } from "../unit/offline/fakes.js";
import { openPage, startBrowser, type TestBrowser, type WatchedPage } from "./support/browser.js";

/** A film of so many frames, of which the first ones have a face. */
function film(file: string, participant: string, frames: number, withFace: number): StudyOutcome {
  const meter = new QualityMeter();
  for (let seq = 0; seq < frames; seq += 1) meter.add({ seq, epoch: 0, ptsMs: seq * 40, timeMs: seq * 40, width: 640, height: 360, faces: seq < withFace ? [{ ...face(1, "happiness"), box: { x: 0, y: 0, width: 90, height: 90 } }] : [] });
  const record = { v: 1 as const, file, path: file, source: { sizeBytes: 1, modifiedMs: 1, sha256: "" }, madeWith: {}, results: [], quality: meter.result() };
  return { entry: { file, path: `/${file}`, values: [participant, "", ""] }, folder: file, state: "done", record };
}

const hostile = `<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>.mp4`;
const outcomes: StudyOutcome[] = [film("b.mp4", "p10", 100, 100), film("a.mp4", "p9", 50, 10), film(hostile, `"><svg onload="window.harmed=1">`, 75, 75), { entry: { file: "gone.mp4", values: ["", "", ""], error: new AppError("not_found", "x") }, state: "failed", error: { code: "not_found", message: "The file does not exist." } }];

let dir: TempFolder;
let browser: TestBrowser;
let watched: WatchedPage;
let page: Page;
const asked: string[] = [];
beforeAll(async () => {
  dir = await makeTempFolder();
  await writeFile(dir.file("quality.html"), [...qualityHtml({ version: "1.2.3", columns: studyColumns, outcomes })].join(""));
  browser = await startBrowser();
  watched = await openPage(browser.browser, 1440, 900);
  page = watched.page;
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(pathToFileURL(dir.file("quality.html")).href);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await dir.remove();
});

/** Names of the rows that can be seen, in their order. */
async function shown(): Promise<string[]> {
  return page.$$eval("#files tbody tr", (rows) => rows.filter((row) => row.checkVisibility()).map((row) => row.querySelector("bdi")!.textContent));
}

test("asks for no other file, keeps to its policy, and runs nothing out of a name", async () => {
  expect(asked).toEqual([pathToFileURL(dir.file("quality.html")).href]);
  expect(watched.faults).toEqual([]);
  expect(await page.evaluate("window.harmed")).toBeUndefined();
  expect(await page.$$eval("img, main script, svg[onload]", (found) => found.length)).toBe(0);
  expect(await shown()).toEqual(["b.mp4", "a.mp4", hostile, "gone.mp4"]);
});

test("sorts by numbers and texts, up and down, with empty cells last", async () => {
  const click = (head: string) => page.locator(`::-p-xpath(//table[@id="files"]//button[text()="${head}"])`).click();
  await click("Frames");
  expect(await shown()).toEqual(["b.mp4", hostile, "a.mp4", "gone.mp4"]);
  await click("Frames");
  expect(await shown()).toEqual(["a.mp4", hostile, "b.mp4", "gone.mp4"]);
  expect(await page.$$eval("#files th[aria-sort]", (heads) => heads.map((h) => [h.textContent, h.getAttribute("aria-sort")]))).toEqual([["Frames", "ascending"]]);
  await click("File");
  expect(await shown()).toEqual([hostile, "a.mp4", "b.mp4", "gone.mp4"]);
});

test("shows only what is worth a look when asked to", async () => {
  await page.click("#only");
  expect((await shown()).toSorted()).toEqual(["a.mp4", "gone.mp4"]);
  await page.click("#only");
});

test.each([
  [1440, "light"],
  [1440, "dark"],
  [390, "light"],
  [390, "dark"],
])("fits %i pixels, %s", async (width, theme) => {
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
  await page.setViewport({ width, height: 844 });
  const [scroll, frame, dark] = await page.evaluate(() => {
    const table = document.querySelector(".frame")!;
    return [document.documentElement.scrollWidth, table.scrollWidth - table.clientWidth, getComputedStyle(document.documentElement).colorScheme] as const;
  });
  expect([scroll, frame, dark]).toEqual([width, 0, theme]);
});

test("can be sorted where there is no room for heads", async () => {
  await page.setViewport({ width: 390, height: 844 });
  const option = await page.$$eval("select[data-for=files] option", (options) => options.find((o) => o.textContent === "Frames (down)")!.value);
  await page.select("select[data-for=files]", option);
  expect(await shown()).toEqual(["b.mp4", hostile, "a.mp4", "gone.mp4"]);
});

test("is light and whole on paper", async () => {
  await page.emulateMediaType("print");
  expect(await page.evaluate(() => [getComputedStyle(document.documentElement).colorScheme, getComputedStyle(document.querySelector(".tools")!).display])).toEqual(["light", "none"]);
  await page.emulateMediaType();
  expect((await page.pdf({ preferCSSPageSize: true })).length).toBeGreaterThan(1000);
});
