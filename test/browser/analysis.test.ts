// Files in the browser, as a person does it: drop the demo clip, watch it being analysed, look at faces, curves, people and episodes,
// download, come back after the server has been killed. A real server process, the real models, a real browser.

import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ElementHandle, Page } from "puppeteer-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { packageRoot } from "../../src/core/package-info.js";
import { startServer, type ServerProcess } from "../support/server-process.js";
import { openPage, startBrowser, type TestBrowser } from "./support/browser.js";
import { colouredPixels, dropFile, hasText, sidewaysScroll } from "./support/in-page.js";

const demo = join(packageRoot, "assets/demo/demo.mp4");
let cwd: string;
let server: ServerProcess;
let chromium: TestBrowser;
let page: Page;
let faults: string[];
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "emostream-files-"));
  server = await startServer({ cwd });
  chromium = await startBrowser();
  ({ page, faults } = await openPage(chromium.browser, 1440, 900));
});
beforeEach(() => {
  faults.length = 0;
});
afterAll(async () => {
  await chromium?.close();
  await server?.stop();
  await rm(cwd, { recursive: true, force: true });
});

const textOf = (selector: string): Promise<string> => page.$eval(selector, (e) => e.textContent ?? "");
const waitForText = (selector: string, text: string) => page.waitForFunction(hasText, { timeout: 240_000 }, selector, text);
const dataOf = (selector: string, name: string): Promise<string> => page.$eval(selector, (e, key) => (e as HTMLElement).dataset[key] ?? "", name);
/** The overlay as it stands when it shows that frame. */
const overlayAt = (seq: number) => page.waitForFunction(`document.querySelector(".overlay")?.dataset.seq === "${seq}"`, { timeout: 30_000 });
const openFirst = async () => {
  await page.click(".job-link");
  await page.waitForSelector(".overlay[data-faces]:not([data-faces=''])", { timeout: 60_000 });
};

describe("a dropped video", () => {
  test("on the viewer's page is sent from there, leads to the files, and is analysed with progress to its end", async () => {
    await page.goto(server.url);
    await page.waitForSelector("#connection[data-state=open]");
    const bytes = (await readFile(demo)).toString("base64");
    await page.evaluate(dropFile, "body", "demo.mp4", bytes, "dragenter");
    await page.waitForSelector(".drop-veil:not([hidden])");
    await Promise.all([page.waitForNavigation(), page.evaluate(dropFile, "body", "demo.mp4", bytes, "drop")]);
    expect(new URL(page.url()).pathname).toBe("/analysis.html");
    await page.waitForFunction("Number(document.querySelector('.job [role=progressbar]:not([hidden])')?.getAttribute('aria-valuenow')) > 0", { timeout: 60_000 });
    expect(await textOf(".job-state")).toMatch(/^Analysing: \d+/);
    await waitForText(".job-state", "Done: 400");
    expect(faults).toEqual([]);
  }, 300_000);

  test("shows a box for every face of the frame that is shown, also after seeking and stepping", async () => {
    await openFirst();
    await page.waitForFunction("document.querySelector('video').readyState >= 2");
    await overlayAt(0);
    expect(await page.evaluate(colouredPixels, ".overlay", "#8fd3ff")).toBeGreaterThan(200);
    // The middle of the film, by the keyboard.
    await page.focus(".chart-canvas");
    for (let i = 0; i < 10; i += 1) await page.keyboard.press("ArrowRight");
    await overlayAt(200);
    expect(await page.$eval("video", (v) => Math.floor(v.currentTime * 20))).toBe(200);
    const before = await page.evaluate(colouredPixels, ".overlay", "#8fd3ff");
    expect(before).toBeGreaterThan(200);
    await page.click('button[aria-label="One frame on"]');
    await overlayAt(201);
    await page.click('button[aria-label="One frame back"]');
    await page.click('button[aria-label="One frame back"]');
    await overlayAt(199);
    await page.waitForFunction("!document.querySelector('video').seeking");
    expect(await page.$eval("video", (v) => Math.floor(v.currentTime * 20))).toBe(199);
    expect(await dataOf(".chart-canvas", "headMs")).toBe("9950");
  });

  test("plays with the overlay of the very frame", async () => {
    const from = Number(await dataOf(".overlay", "seq"));
    // The frame that the browser says it has put on the screen; the player's clock is another one, up to a frame behind and two ahead of it.
    await page.evaluate(`{
      const video = document.querySelector("video");
      const shown = (_now, { mediaTime }) => {
        video.dataset.shown = String(Math.round(mediaTime * 20));
        video.requestVideoFrameCallback(shown);
      };
      video.requestVideoFrameCallback(shown);
    }`);
    await page.click('button[aria-label="Play"]');
    await page.waitForFunction(`Number(document.querySelector(".overlay").dataset.seq) > ${from + 15}`, { timeout: 30_000 });
    await (await page.waitForSelector('button[aria-label="Pause"]'))!.click();
    await page.waitForFunction("document.querySelector('video').paused");
    // What was on its way to the screen is there two pictures later.
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    const [seq, shown, clock] = await page.evaluate("[document.querySelector('.overlay').dataset.seq, document.querySelector('video').dataset.shown, document.querySelector('video').currentTime * 20]") as [string, string, number];
    expect(seq).toBe(shown);
    expect(clock - Number(seq)).toBeGreaterThan(-1);
    expect(clock - Number(seq)).toBeLessThan(3);
  });

  test("has curves in the colours of the emotions, which can be taken away, zoomed and moved", async () => {
    const happiness = await page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--emotion-happiness').trim()") as string;
    await page.waitForFunction(`(${colouredPixels.toString()})(".chart-canvas", "${happiness}") > 500`, { timeout: 30_000 });
    await page.click('.legend-item[data-emotion="happiness"]');
    await page.waitForFunction(`(${colouredPixels.toString()})(".chart-canvas", "${happiness}") === 0`);
    await page.click('.legend-item[data-emotion="happiness"]');
    await page.focus(".chart-canvas");
    await page.keyboard.press("Home");
    await page.keyboard.press("+");
    await page.waitForFunction("Number(document.querySelector('.chart-canvas').dataset.toMs) < 15000");
    const box = (await (await page.$(".chart-canvas"))!.boundingBox())!;
    await page.mouse.move(box.x + 600, box.y + 80);
    await page.mouse.down();
    await page.mouse.move(box.x + 300, box.y + 80, { steps: 4 });
    await page.mouse.up();
    await page.waitForFunction("Number(document.querySelector('.chart-canvas').dataset.fromMs) > 1000");
    expect(await dataOf(".chart-canvas", "headMs")).toBe("0");
    await page.mouse.click(box.x + 2, box.y + 80);
    await page.waitForFunction("Number(document.querySelector('.chart-canvas').dataset.headMs) > 1000");
    await page.focus(".chart-canvas");
    await page.keyboard.press("0");
    await page.waitForFunction("document.querySelector('.chart-canvas').dataset.fromMs === '0'");
  });

  test("has episodes; a click goes to where one begins", async () => {
    await page.waitForSelector(".episode");
    await page.select(".episodes-filter", "sadness");
    await page.waitForFunction("[...document.querySelectorAll('.episode')].length > 0 && [...document.querySelectorAll('.episode')].every((e) => e.dataset.emotion === 'sadness')");
    const told = await textOf(".episode .episode-time");
    await page.click(".episode");
    await page.waitForFunction((time: string) => document.querySelector(".player-time")?.textContent?.startsWith(time), {}, told);
    await page.select(".episodes-filter", "");
  });

  test("merges two faces into a person with a name, which the overlay and the table know", async () => {
    const ids = await page.$$eval(".person", (rows) => rows.slice(0, 2).map((row) => (row as HTMLElement).dataset["tracks"]));
    await page.click(".person:nth-child(1) [type=checkbox]");
    await page.click(".person:nth-child(2) [type=checkbox]");
    await page.click(".people-panel .button");
    const merged = `[data-tracks="${ids.toSorted((a, b) => Number(a) - Number(b)).join(",")}"]`;
    await page.waitForSelector(merged);
    expect(await page.$eval(`${merged} .person-name`, (e) => (e as HTMLInputElement).value)).toBe("Person 1");
    await page.click(`${merged} .person-name`, { count: 3 });
    await page.keyboard.type("Anna");
    await page.keyboard.press("Enter");
    await page.waitForSelector(`${merged} .person-name[value="Anna"]`);
    await waitForText(".episode-words", "Anna");
    const csv = await page.evaluate("fetch(document.querySelector('.download[download$=\".subjects.csv\"]').href).then((r) => r.text())") as string;
    const [head, ...rows] = csv.trim().split("\r\n").map((line) => line.split(","));
    const [track, subject] = [head!.indexOf("track_id"), head!.indexOf("subject")];
    for (const row of rows) expect([row[track], row[subject]]).toEqual([row[track], ids.includes(row[track]!) ? "Anna" : ""]);
    // A name is somebody's.
    await page.click(".person:nth-child(2) .person-name");
    await page.keyboard.type("Anna");
    await page.keyboard.press("Enter");
    await waitForText("#page-alert", "Somebody else is called Anna");
  });

  test("offers every format to download, and each has its content", async () => {
    const links = await page.$$eval(".download", (all) => all.map((a) => [(a as HTMLAnchorElement).download, (a as HTMLAnchorElement).href] as const));
    expect(links.map(([name]) => name).toSorted()).toEqual(["demo.annotated.mp4", "demo.csv", "demo.eaf", "demo.episodes.vtt", "demo.jsonl", "demo.parquet", "demo.subjects.csv", "demo.timeline.png", "demo.vtt"]);
    for (const [name, href] of links) {
      const answer = await fetch(href);
      expect([name, answer.status, (await answer.arrayBuffer()).byteLength > 200]).toEqual([name, 200, true]);
    }
  });

  test("is there with its people after the server was killed and came back", async () => {
    const address = new URL(page.url());
    await server.stop("SIGKILL");
    server = await startServer({ cwd });
    await page.goto(`${server.url}${address.pathname}${address.hash}`);
    await page.waitForSelector('.person-name[value="Anna"]', { timeout: 30_000 });
    await page.waitForSelector(".overlay[data-faces]:not([data-faces=''])");
    expect(await textOf("#results-title")).toBe("demo.mp4");
    expect(faults).toEqual([]);
  });

  test.each([1440, 768, 390])("fits a screen of %i pixels", async (width) => {
    await page.setViewport({ width, height: 844 });
    await page.waitForFunction(`document.querySelector(".chart-canvas").clientWidth < ${width}`);
    expect(await page.evaluate(sidewaysScroll)).toBeLessThanOrEqual(0);
    // Everything that acts has a name.
    expect(await page.$$eval("button, a[href], input, select, [tabindex='0']", (all) => all.filter((e) => !(e.getAttribute("aria-label") ?? ([...((e as HTMLInputElement).labels ?? [])].map((l) => l.textContent).join("") || (e.textContent ?? ""))).trim()).map((e) => e.outerHTML))).toEqual([]);
  });
});

test("a file that is no video fails by name, can be dismissed by the keyboard, and several are sent one after another", async () => {
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(`${server.url}/analysis.html`);
  await page.waitForSelector("#files-view:not([hidden])");
  const chooser = await page.$("#file-input");
  await (chooser as ElementHandle<HTMLInputElement>).uploadFile(join(packageRoot, "README.md"), join(packageRoot, "LICENSE"));
  await page.waitForFunction("document.querySelectorAll('.job[data-state=failed]').length === 2", { timeout: 60_000 });
  expect(await page.$$eval(".job[data-state=failed] .job-name", (all) => all.map((e) => e.textContent))).toEqual(["LICENSE", "README.md"]);
  expect(await textOf(".job[data-state=failed] .job-state")).toMatch(/^Failed\. /);
  await page.focus('button[aria-label="Delete README.md"]');
  await page.keyboard.press("Enter");
  await page.waitForSelector("#confirm-dialog[open]");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Keep");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForFunction("document.querySelectorAll('.job[data-state=failed]').length === 1");
});

test("a film that the browser cannot play says so, and its copy with faces can be played", async () => {
  const path = join(cwd, "old.avi");
  // Long enough to be stopped while it plays; a test that is tried again finds the file there.
  execFileSync("ffmpeg", ["-v", "error", "-y", "-i", demo, "-t", "8", "-c:v", "mpeg4", "-an", path]);
  await page.goto(`${server.url}/analysis.html`);
  const chooser = await page.waitForSelector("#file-input");
  await (chooser as ElementHandle<HTMLInputElement>).uploadFile(path);
  await page.waitForFunction("[...document.querySelectorAll('.job')].some((j) => j.textContent.includes('old.avi') && j.dataset.state === 'done')", { timeout: 60_000 });
  await openFirst();
  await waitForText(".player-notice", "This browser cannot play this video");
  await page.focus(".chart-canvas");
  await page.keyboard.press("ArrowRight");
  await overlayAt(20);
  expect(await page.evaluate(colouredPixels, ".overlay", "#8fd3ff")).toBeGreaterThan(200);
  // Boxes and curves play without it. The focus has scrolled to the curves: the button may lie below the page's header, which stays in sight.
  await page.$eval('button[aria-label="Play"]', (button) => button.scrollIntoView({ block: "center" }));
  await page.click('button[aria-label="Play"]');
  await page.waitForFunction("Number(document.querySelector('.overlay').dataset.seq) > 25", { timeout: 30_000 });
  await page.click('button[aria-label="Pause"]');
  await page.click(".player-notice .button");
  await page.waitForFunction("document.querySelector('video').readyState >= 2", { timeout: 30_000 });
  await page.waitForSelector(".player-notice", { hidden: true });
});
