// A headless Chromium of the system with a profile of its own that is deleted afterwards.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch, type Browser, type Page } from "puppeteer-core";

const quietArgs = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** A browser and how to end it. */
export interface TestBrowser {
  readonly browser: Browser;
  close(): Promise<void>;
}

/** Starts Chromium (`CHROMIUM`, else /usr/bin/chromium), with further arguments. */
export async function startBrowser(...args: readonly string[]): Promise<TestBrowser> {
  const userDataDir = await mkdtemp(join(tmpdir(), "emostream-browser-"));
  const browser = await launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", headless: true, args: [...quietArgs, ...args], userDataDir });
  return {
    browser,
    close: async () => {
      await browser.close();
      await rm(userDataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A page that notes every script error and every violation of the content security policy. */
export interface WatchedPage {
  readonly page: Page;
  readonly faults: string[];
}

/** Opens an empty page of that size. */
export async function openPage(browser: Browser, width = 1280, height = 800): Promise<WatchedPage> {
  const page = await browser.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && /Content Security Policy|Uncaught/.test(message.text())) faults.push(message.text());
  });
  await page.setViewport({ width, height });
  return { page, faults };
}
