// What a person does with the viewer, done by a real browser: adding, watching, pausing, removing, losing the server, with keyboard and phone.

import type { Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openPage, startBrowser, type TestBrowser } from "./support/browser.js";
import { frameIntervalMs, sceneFace, sceneResult } from "./support/fake-scene.js";
import { FakeServer } from "./support/fake-server.js";
import { focusedElement, hasText, sidewaysScroll, textContrast } from "./support/in-page.js";

let chromium: TestBrowser;
let server: FakeServer;
let page: Page;
let faults: string[];
beforeAll(async () => {
  chromium = await startBrowser();
});
beforeEach(async () => {
  server = await FakeServer.start();
  ({ page, faults } = await openPage(chromium.browser));
});
afterEach(async () => {
  await page.close();
  await server.close();
  expect(faults).toEqual([]);
});
afterAll(async () => {
  await chromium.close();
});

const open = async (path = ""): Promise<void> => {
  await page.goto(server.url + path);
  await page.waitForSelector("#connection[data-state=open]");
};
const textOf = (selector: string): Promise<string> => page.$eval(selector, (e) => e.textContent ?? "");
const waitForText = (selector: string, text: string) => page.waitForFunction(hasText, { timeout: 20_000 }, selector, text);
const button = (stream: string, name: string): string => `[data-stream="${stream}"] button[aria-label^="${name}"]`;

describe("streams", () => {
  test("an empty server says how to add a camera", async () => {
    await open();
    expect(await textOf("#empty")).toContain("rtsp://");
    await page.click("#empty [data-open-add]");
    await page.waitForSelector("#add-dialog[open]");
  });

  test("a face shows its track, seven named bars and percents, and a timeline", async () => {
    server.add("lobby", { faces: 1, name: "Lobby" });
    await open();
    await page.waitForSelector("[data-stream=lobby] canvas[data-faces='1']");
    expect(await textOf(".track-chip")).toBe("#1");
    expect(await page.$$eval(".bar-row dt", (all) => all.map((e) => e.textContent))).toEqual(["Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise", "Neutral"]);
    const percents = await page.$$eval(".bar-value", (all) => all.map((e) => Number.parseInt(e.textContent ?? "", 10)));
    expect(percents.reduce((a, b) => a + b, 0)).toBeGreaterThan(95);
    await page.waitForFunction("document.querySelector('.timeline').getAttribute('aria-label').includes('percent of the time')");
    expect(await textOf(".card-title")).toBe("Lobby");
    await waitForText("#counts", "1 stream · 1 live · 1 face");
    await waitForText(".figures", "fps");
  });

  test("a face says for how long its emotion has gone on, while that is an episode", async () => {
    const face = { ...sceneFace(0, 0), label: "happiness" as const };
    server.add("lobby", { faces: 1, result: (seq) => ({ ...sceneResult("lobby", seq, 1), ptsMs: 60_000 + seq * frameIntervalMs, faces: [face] }) });
    await open();
    await page.waitForSelector("[data-stream=lobby] canvas[data-faces='1']");
    expect(await textOf(".face-since")).toBe("");
    const event = { type: "episode", v: 1, streamId: "lobby", seq: 0, episodeId: 1, trackId: 1, raw: 0.9, smoothed: 0.6, sinceOnsetMs: 0 } as const;
    server.tell({ ...event, event: "onset", emotion: "sadness", ptsMs: 0 });
    server.tell({ ...event, event: "onset", emotion: "happiness", ptsMs: 30_000 });
    await page.waitForFunction("/^[34][0-9]\u00a0s$/.test(document.querySelector('.face-since').textContent)");
    server.tell({ ...event, event: "offset", emotion: "happiness", ptsMs: 61_000 });
    await page.waitForFunction("document.querySelector('.face-since').textContent === ''");
  });

  test("a stream that fails says why in plain words, with a countdown", async () => {
    server.add("door");
    await open();
    await page.waitForSelector("[data-stream=door] canvas[data-seq]");
    server.setStatus("door", { state: "reconnecting", attempt: 2, reason: { code: "unauthorized", message: "401" }, nextTryAt: new Date(Date.now() + 25_000).toISOString() });
    await waitForText(".notice-title", "The camera refused the user name or password");
    expect(await textOf(".notice-next")).toMatch(/^Next try in 2\d s \(attempt 3\)$/);
    expect(await textOf(".state")).toBe("Reconnecting");
    server.setStatus("door", { state: "live" });
    await page.waitForSelector("[data-stream=door] .notice", { hidden: true });
  });

  test("pause and resume", async () => {
    server.add("lobby");
    await open();
    await page.click(button("lobby", "Pause"));
    await waitForText(".state", "Paused");
    await page.click(button("lobby", "Resume"));
    await waitForText(".state", "Live");
  });

  test("details tell the source and why frames were dropped, and close with Escape", async () => {
    server.add("lobby", { seq: 500 });
    await open();
    await page.click(button("lobby", "Details"));
    await waitForText(".details", "rtsp://127.0.0.1/lobby");
    await waitForText(".details", "A newer picture was there first");
    await page.keyboard.press("Escape");
    await page.waitForSelector(".details", { hidden: true });
    expect((await page.evaluate(focusedElement)).name).toContain("Details");
  });

  test("remove asks first, then the card goes", async () => {
    server.add("lobby");
    server.add("door");
    await open();
    await page.click(button("lobby", "Remove"));
    await page.waitForSelector("#confirm-dialog[open]");
    await page.click("#confirm-dialog [value=no]");
    await page.waitForSelector("#confirm-dialog:not([open])");
    expect(server.streams.has("lobby")).toBe(true);
    await page.click(button("lobby", "Remove"));
    await page.click("#confirm-dialog [value=yes]");
    await page.waitForSelector("[data-stream=lobby]", { hidden: true });
    expect([...server.streams.keys()]).toEqual(["door"]);
    expect(await page.$$(".card")).toHaveLength(1);
  });

  test("one stream enlarged: the others step back, the address says so, Escape leads back", async () => {
    server.add("lobby");
    server.add("door");
    await open();
    await page.click(button("door", "Enlarge"));
    await page.waitForSelector("[data-stream=lobby]", { hidden: true });
    expect(page.url()).toBe(`${server.url}#door`);
    await page.keyboard.press("Escape");
    await page.waitForSelector("[data-stream=lobby]", { visible: true });
    expect(page.url()).toBe(server.url);
  });

  test("a stream named like markup stays text", async () => {
    server.add("lobby", { name: "<img src=x onerror=alert(1)>" });
    await open();
    await waitForText(".card-title", "<img");
    expect(await page.$(".card-title img")).toBeNull();
  });
});

describe("adding a stream", () => {
  test("by its address; what was left open is left to the server", async () => {
    await open();
    await page.click("#add");
    await page.type("#add-source", "rtsp://user:secret@127.0.0.1/stream1");
    await page.click("#add-submit");
    await page.waitForSelector("#add-dialog:not([open])");
    await page.waitForSelector(".card canvas[data-seq]");
    expect(server.added).toEqual([{ source: "rtsp://user:secret@127.0.0.1/stream1" }]);
  });

  test("with everything set", async () => {
    await open();
    await page.click("#add");
    await page.type("#add-source", "clip.mp4");
    await page.type("#add-name", "Front door");
    await page.click(".segments label:nth-child(2)");
    await page.click("#add-dialog summary");
    await page.type("#add-id", "front-door");
    await page.type("#add-max-fps", "12.5");
    await page.type("#add-max-side", "480");
    await page.click("[name=blur]");
    await page.click("[name=loop]");
    await page.click("#add-submit");
    await waitForText(".card-title", "Front door");
    const analysis = { maxFps: 12.5, maxSide: 480, blur: { enabled: true } };
    expect(server.added).toEqual([{ source: "clip.mp4", name: "Front door", id: "front-door", transport: "udp", loop: true, analysis }]);
  });

  test("faults stand at their fields, the first has the keyboard, and a second try succeeds", async () => {
    server.add("taken");
    await open();
    await page.click("#add");
    await page.click("#add-dialog summary");
    await page.type("#add-id", "Not An Id");
    await page.click("#add-dialog summary");
    await page.click("#add-submit");
    await waitForText("#add-source-error", "Type the address");
    expect(await textOf("#add-id-error")).toContain("Expected 1 to 64");
    expect(await page.$eval("#add-source", (e) => e.getAttribute("aria-invalid"))).toBe("true");
    expect((await page.evaluate(focusedElement)).tag).toBe("input");
    await page.type("#add-source", "clip.mp4");
    await page.$eval("#add-id", (e) => Object.assign(e, { value: "taken" }));
    await page.click("#add-submit");
    await waitForText("#add-id-error", "A stream with this name exists already");
    await page.$eval("#add-id", (e) => Object.assign(e, { value: "free" }));
    await page.click("#add-submit");
    await page.waitForSelector("[data-stream=free]");
  });
});

describe("the connection", () => {
  test("comes back by itself after the server was gone, and says so meanwhile", async () => {
    server.add("lobby");
    await open();
    const { port } = server;
    await server.close();
    await page.waitForSelector("#connection[data-state=waiting]");
    expect(await textOf("#connection")).toBe("The server is stopping");
    expect(await textOf("#countdown")).toMatch(/^Next try in \d+ s$/);
    await page.waitForSelector("#retry", { visible: true });
    server = await FakeServer.start({ port });
    server.add("door");
    await page.waitForSelector("#connection[data-state=open]", { timeout: 30_000 });
    await page.waitForSelector("[data-stream=door] canvas[data-seq]");
    expect(await page.$("[data-stream=lobby]")).toBeNull();
  });

  test("asks for the token where one is needed, and goes on with the cookie", async () => {
    await server.close();
    server = await FakeServer.start({ token: "a-long-token" });
    server.add("lobby");
    await page.goto(server.url);
    await page.waitForSelector("#token-panel", { visible: true });
    await page.type("#token", "a-long-token");
    await page.click("#token-panel button");
    await page.waitForSelector("[data-stream=lobby] canvas[data-seq]");
    expect(page.url()).toBe(server.url);
  });

  test("asks for no pictures while the page is hidden", async () => {
    server.add("lobby");
    await open();
    for (const hidden of [true, false]) {
      await page.evaluate(`Object.defineProperty(document, "hidden", { value: ${hidden}, configurable: true }); document.dispatchEvent(new Event("visibilitychange"))`);
    }
    await expect.poll(() => server.received).toEqual([{ type: "subscribe", preview: "none" }, { type: "subscribe", preview: "jpeg" }]);
  });
});

describe("for everybody", () => {
  test("the keyboard reaches every control, and its place can be seen", async () => {
    server.add("lobby");
    await open();
    const names: string[] = [];
    for (let i = 0; i < 11; i++) {
      await page.keyboard.press("Tab");
      const { name, visible } = await page.evaluate(focusedElement);
      expect({ name, visible }).toEqual({ name, visible: true });
      names.push(name);
    }
    expect(names.map((n) => n.split(":")[0])).toEqual(["Skip to the streams", "Live", "Files", "Colours", "Use my camera", "Add a camera", "Details", "Pause", "Enlarge", "Remove", "Faces in lobby"]);
    await page.focus("#add");
    await page.keyboard.press("Enter");
    await page.keyboard.type("clip.mp4");
    await page.keyboard.press("Enter");
    await page.waitForFunction("document.querySelectorAll('.card').length === 2");
  });

  test.each(["", "#lobby"])("a phone's width never scrolls sideways %s", async (path) => {
    await page.setViewport({ width: 360, height: 740, deviceScaleFactor: 2, isMobile: true, hasTouch: true });
    server.add("lobby", { faces: 4, name: "A very long name that nobody would give to a camera in earnest, or would they" });
    server.add("door", { source: `rtsp://127.0.0.1/${"long/".repeat(40)}` });
    await open(path);
    await page.waitForSelector("[data-stream=lobby] canvas[data-seq]");
    expect(await page.evaluate(sidewaysScroll)).toBe(0);
    await page.click(button("lobby", "Details"));
    expect(await page.evaluate(sidewaysScroll)).toBe(0);
    await page.click("#add");
    await page.click("#add-dialog summary");
    expect(await page.$eval("#add-dialog", (e) => e.scrollWidth - e.clientWidth)).toBe(0);
  });

  test.each(["light", "dark"])("text is readable in %s colours", async (scheme) => {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    server.add("lobby");
    await open();
    await page.waitForSelector("[data-stream=lobby] canvas[data-seq]");
    expect(await page.$eval("html", (e) => e.getAttribute("data-theme"))).toBe(scheme);
    for (const selector of [".brand", "#counts", ".card-title", ".state", ".figures", ".face-word", ".bar-row dt", ".bar-value", ".page-foot", "#add"]) {
      expect(await page.evaluate(textContrast, selector), selector).toBeGreaterThanOrEqual(4.5);
    }
  });

  test("the chosen colours last", async () => {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
    await open();
    for (const theme of ["light", "dark"]) {
      await page.click("#theme");
      await page.waitForSelector(`html[data-theme=${theme}]`);
    }
    await page.reload();
    await page.waitForSelector("html[data-theme=dark]");
    await page.click("#theme");
    await page.waitForSelector("html[data-theme=light]");
  });
});
