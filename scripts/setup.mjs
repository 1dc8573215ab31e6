// Behind `npm start` and `npm test`: installs what is missing, builds what is stale, then starts the server with the demo or runs the tests.
// Uses nothing but Node itself, since it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildWhenStale } from "./build.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const oldestNode = [20, 19];

/** What each purpose needs from the system: how to see that it is there, and Debian's packages that bring it. */
const systemNeeds = {
  start: [{ what: "FFmpeg", present: () => onPath("ffmpeg") && onPath("ffprobe"), packages: ["ffmpeg"] }],
  test: [
    { what: "Chromium", present: () => Boolean(process.env.CHROMIUM) || onPath("chromium"), packages: ["chromium"] },
    {
      what: "GStreamer's RTSP server (a camera for the tests)",
      present: () => existsSync("/usr/bin/python3") && succeeds("/usr/bin/python3", ["-c", "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import Gst, GstRtspServer; Gst.init(None); raise SystemExit(0 if all(Gst.ElementFactory.find(n) for n in ('matroskademux', 'h264parse', 'rtph264pay', 'openh264enc')) else 1)"]),
      packages: ["gir1.2-gst-rtsp-server-1.0", "gstreamer1.0-plugins-base", "gstreamer1.0-plugins-good", "gstreamer1.0-plugins-bad", "python3-gi"],
    },
    { what: "Python's websockets (for the Python example)", present: () => succeeds("/usr/bin/python3", ["-c", "import websockets"]), packages: ["python3-websockets"] },
  ],
};

const [purpose, ...rest] = process.argv.slice(2);
if (purpose !== "start" && purpose !== "test") fail("expected start or test");
checkNode();
checkSystem(purpose === "start" ? systemNeeds.start : [...systemNeeds.start, ...systemNeeds.test]);
installPackages();
if (!buildWhenStale()) fail("the build failed; see above");
process.chdir(root);
if (purpose === "start") await start();
if (purpose === "test") process.exit(run(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), "run", ...rest], { stdout: "inherit" }));

async function start() {
  const main = join(root, "dist/cli/main.js");
  process.argv = [process.execPath, main, "serve", "--demo", ...rest];
  // In this process, so that a signal reaches the server and not a parent of it.
  await import(pathToFileURL(main).href);
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
    fail(`expected Node ${oldestNode.join(".")} or newer, this is ${process.versions.node}`);
  }
}

function checkSystem(needs) {
  const missing = needs.filter((n) => !n.present());
  if (missing.length === 0) return;
  const packages = missing.flatMap((n) => n.packages);
  const names = missing.map((n) => n.what).join(", ");
  const install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", ...packages];
  const asRoot = process.getuid?.() === 0;
  if (!asRoot || !onPath("apt-get")) {
    fail(`missing: ${names}. On Debian or Ubuntu type:\n\n  ${asRoot ? "" : "sudo "}apt-get update && ${asRoot ? "" : "sudo "}apt-get install -y ${packages.join(" ")}\n\nthen start again.`);
  }
  say(`missing: ${names}. Installing Debian's packages ${packages.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  if (run("apt-get", ["update", "-qq"], { env }) !== 0) fail("apt-get update failed; see above");
  if (run(install[0], install.slice(1), { env, stdout: "ignore" }) !== 0) fail(`failed: ${install.join(" ")}`);
  const still = missing.filter((n) => !n.present());
  if (still.length > 0) fail(`still missing after the installation: ${still.map((n) => n.what).join(", ")}`);
}

function installPackages() {
  // npm writes node_modules/.package-lock.json last: it is there and newer than the lock file only after a complete install of it.
  const installed = join(root, "node_modules/.package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs) return;
  say("installing npm packages (npm ci), about a minute the first time");
  const status = run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (status !== 0) fail("npm ci failed; see above");
}

function onPath(program) {
  return (process.env.PATH ?? "").split(delimiter).some((dir) => dir !== "" && existsSync(join(dir, program)));
}

function succeeds(program, args) {
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}

function run(program, args, { cwd = root, env = process.env, stdout = 2 } = {}) {
  const { status, error } = spawnSync(program, args, { cwd, env, stdio: ["ignore", stdout, "inherit"] });
  if (error) say(error.message);
  return status ?? 1;
}

function say(text) {
  process.stderr.write(`emostream: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}
