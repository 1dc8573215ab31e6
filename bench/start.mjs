// How long a second `npm start` takes: until the server listens, and until the first faces are on the feed. And how long `analyze` takes for its first result, models
// loaded and all: the whole command for a film of one picture, which ends after it.
// Usage, in a clone where npm start has run before: node bench/start.mjs [--runs 5] [--json] [--write]
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { WebSocket } from "ws";
import { machine, median, option, root, writeSection } from "./report.mjs";
import { listening } from "./server.mjs";

const runs = Number(option("runs", "5"));
const results = [];
const folder = await mkdtemp(join(tmpdir(), "emostream-start-"));
const film = join(folder, "one-picture.mp4");
const exec = promisify(execFile);
await exec("ffmpeg", ["-v", "error", "-i", join(root, "assets/demo/demo.mp4"), "-frames:v", "1", "-an", film]);
for (let run = 0; run < runs; run += 1) results.push({ ...(await start()), analyzeMs: await analyze() });
await rm(folder, { recursive: true });
const of = (name) => results.map((r) => r[name]);
const names = ["listeningMs", "facesMs", "analyzeMs"];
const summary = { runs, machine: machine(), ...Object.fromEntries(names.map((name) => [name, Math.round(median(of(name)))])), spread: Object.fromEntries(names.map((name) => [name, [Math.min(...of(name)), Math.max(...of(name))].map(Math.round)])) };
const seconds = (ms) => (ms / 1000).toFixed(1);
const told = (name) => `**${seconds(summary[name])} s** (${summary.spread[name].map(seconds).join(" to ")})`;
if (process.argv.includes("--write")) {
  writeSection("start", `
A second \`npm start\`: listening after ${told("listeningMs")}, first faces on the feed after
${told("facesMs")}; median of ${runs} starts, npm and the set-up script included.
\`analyze\`, from its start to the result of a film of one picture: ${told("analyzeMs")}.

${summary.machine}. Written by \`node bench/start.mjs --write\`.`);
}
console.log(process.argv.includes("--json") ? JSON.stringify(summary) : summary);

async function analyze() {
  const startedMs = performance.now();
  await exec(process.execPath, [join(root, "dist/cli/main.js"), "analyze", "--quiet", "--out", folder, film]);
  return performance.now() - startedMs;
}

async function start() {
  const startedMs = performance.now();
  const child = spawn("npm", ["start", "--", "--port", "0", "--log-level", "error"], { cwd: root, stdio: ["ignore", "pipe", "ignore"], detached: true });
  try {
    const url = await listening(child);
    const listeningMs = performance.now() - startedMs;
    const socket = new WebSocket(`${url.replace("http", "ws")}/v1/feed`);
    await new Promise((resolve, reject) => {
      socket.on("error", reject);
      socket.on("message", (data) => {
        const message = JSON.parse(String(data));
        if (message.type === "frame" && message.faces.length > 0) resolve();
      });
    });
    const facesMs = performance.now() - startedMs;
    socket.close();
    return { listeningMs, facesMs };
  } finally {
    const closed = new Promise((resolve) => child.once("close", resolve));
    process.kill(-child.pid, "SIGTERM");
    await closed;
  }
}
