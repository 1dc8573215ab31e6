// Makes the pictures and the packet of docs/apps.md: a real server with the demo, the overlay and the sketch in Chromium, `emostream osc` into a socket.
// Run it by hand (npm run build first): node scripts/apps-docs.mjs. The only faces in the pictures are the demo's, averages of many people.
import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "puppeteer-core";
import sharp from "sharp";
import { decode } from "node-osc";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const demo = join(root, "assets/demo/demo.mp4");
const cli = join(root, "dist/cli/main.js");
const size = { width: 960, height: 540 };
/** How far into the demo the pictures are taken, milliseconds. */
const momentMs = 2500;
const maxPngBytes = 150_000;

const folder = mkdtempSync(join(tmpdir(), "emostream-apps-docs-"));
const closers = [() => rmSync(folder, { recursive: true, force: true })];
try {
  const pages = await servePage(join(root, "examples/sketch.html"));
  const server = await startServer(pages);
  const browser = await launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", headless: true, args: ["--no-sandbox", "--disable-gpu"], userDataDir: join(folder, "browser") });
  closers.push(() => browser.close());
  await picture("overlay.png", await overlay(browser, server));
  await picture("sketch.png", await sketch(browser, server, pages));
  const { packet, streamed } = await capture(server);
  writePacket(packet, streamed);
} finally {
  for (const close of closers.toReversed()) await close();
}

/** A web server of another origin, as somebody who tries the sketch has one. */
async function servePage(file) {
  const http = createServer((_req, res) => createReadStream(file).pipe(res.setHeader("content-type", "text/html")));
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  closers.push(() => http.close());
  return `http://127.0.0.1:${http.address().port}`;
}

async function startServer(allowedOrigin) {
  writeFileSync(join(folder, "config.json"), JSON.stringify({ server: { allowedOrigins: [allowedOrigin] } }));
  const child = spawn(process.execPath, [cli, "serve", "--demo", "--port", "0", "--log-level", "warn", "--config", "config.json"], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  closers.push(() => ended(child, "SIGTERM"));
  for await (const chunk of child.stdout) {
    const found = /listening on (\S+)/.exec(String(chunk))?.[1];
    if (found !== undefined) return found;
  }
  throw new Error("expected a server, it ended");
}

/** The page as a program sees it that lays it over a camera, over the frame of the demo that it was drawn for. */
async function overlay(browser, server) {
  const page = await browser.newPage();
  await page.setViewport(size);
  await page.goto(`${server}/overlay?stream=demo&smooth=0&fade=0`);
  await page.waitForFunction(`Number(document.getElementById("overlay").dataset.ptsMs) > ${momentMs} && Number(document.getElementById("overlay").dataset.faces) > 1`, { polling: "mutation", timeout: 60_000 });
  // The source stops, so that the screenshot and the number belong together.
  await page.evaluate("window.requestAnimationFrame = () => 0");
  const ptsMs = Number(await page.$eval("#overlay", (canvas) => canvas.dataset.ptsMs));
  const drawn = await page.screenshot({ omitBackground: true });
  await page.close();
  const frame = spawnSync("ffmpeg", ["-v", "error", "-ss", String(ptsMs / 1000), "-i", demo, "-frames:v", "1", "-f", "image2pipe", "-c:v", "png", "-"], { maxBuffer: 1 << 26 });
  if (frame.status !== 0) throw new Error(String(frame.stderr));
  return sharp(frame.stdout).resize(size.width, size.height).composite([{ input: Buffer.from(drawn) }]).png().toBuffer();
}

async function sketch(browser, server, pages) {
  const page = await browser.newPage();
  await page.setViewport(size);
  await page.goto(`${pages}/sketch.html?server=${new URL(server).host}`);
  await page.waitForFunction("frame.faces.length > 1", { timeout: 60_000 });
  // A second of drawing, so that the trails stand.
  await page.evaluate("new Promise((done) => { let left = 60; requestAnimationFrame(function count() { if (--left) requestAnimationFrame(count); else done(); }); })");
  const shot = await page.screenshot();
  await page.close();
  return shot;
}

/** Small: a palette, as few colours as it takes to stay below the limit. */
async function picture(name, png) {
  for (const colours of [128, 64, 32]) {
    const small = await sharp(png).png({ palette: true, colours, effort: 10, compressionLevel: 9 }).toBuffer();
    if (small.length > maxPngBytes) continue;
    writeFileSync(join(root, "docs/images", name), small);
    console.log(`docs/images/${name}: ${small.length} bytes, ${colours} colours`);
    return;
  }
  throw new Error(`${name} is larger than ${maxPngBytes} bytes`);
}

/** The first packet that holds a whole face. */
async function capture(server) {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  closers.push(() => socket.close());
  const child = spawn(process.execPath, [cli, "osc", "--to", `127.0.0.1:${socket.address().port}`, "--url", server, "--streams", "demo", "--slots", "1"], { stdio: ["ignore", "inherit", "ignore"] });
  closers.push(() => ended(child, "SIGINT"));
  for (;;) {
    const [packet] = await once(socket, "message");
    const streamed = decode(packet).elements;
    if (streamed.some(({ address }) => address === "/emostream/demo/1/box") && streamed.length > 10) return { packet, streamed };
  }
}

function writePacket(packet, messages) {
  const lines = messages.map(({ address, args }) => `${address.padEnd(34)} ${args.map(({ value }) => (typeof value === "string" ? JSON.stringify(value) : Number(value.toFixed(4)))).join(" ")}`);
  const dump = Array.from({ length: 8 }, (_, row) => {
    const bytes = [...packet.subarray(row * 16, row * 16 + 16)];
    const hex = bytes.map((b) => b.toString(16).padStart(2, "0")).join(" ");
    const text = bytes.map((b) => (b > 31 && b < 127 ? String.fromCharCode(b) : ".")).join("");
    return `${(row * 16).toString(16).padStart(4, "0")}  ${hex}  ${text}`;
  });
  const file = join(root, "docs/apps.md");
  const old = readFileSync(file, "utf8");
  const [begin, end] = ["<!-- packet: made by scripts/apps-docs.mjs -->", "<!-- end of packet -->"];
  const text = `\n\`\`\`\n${lines.join("\n")}\n\`\`\`\n\nIts first ${dump.length * 16} of ${packet.length} bytes:\n\n\`\`\`\n${dump.join("\n")}\n\`\`\`\n`;
  writeFileSync(file, old.slice(0, old.indexOf(begin) + begin.length) + text + old.slice(old.indexOf(end)));
  console.log(`docs/apps.md: a packet of ${packet.length} bytes`);
}

async function ended(child, signal) {
  if (child.exitCode !== null) return;
  child.kill(signal);
  await once(child, "close");
}
