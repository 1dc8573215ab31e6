// How long a second `npm start` takes: until the server listens, and until the first faces are on the feed.
// Usage, in a clone where npm start has run before: node bench/start.mjs [--runs 5] [--json] [--write]
import { spawn } from "node:child_process";
import { WebSocket } from "ws";
import { machine, median, option, root, writeSection } from "./report.mjs";
import { listening } from "./server.mjs";

const runs = Number(option("runs", "5"));
const results = [];
for (let run = 0; run < runs; run += 1) results.push(await start());
const of = (name) => results.map((r) => r[name]);
const summary = { runs, machine: machine(), listeningMs: Math.round(median(of("listeningMs"))), facesMs: Math.round(median(of("facesMs"))), spread: { listeningMs: [Math.min(...of("listeningMs")), Math.max(...of("listeningMs"))].map(Math.round), facesMs: [Math.min(...of("facesMs")), Math.max(...of("facesMs"))].map(Math.round) } };
if (process.argv.includes("--write")) {
  writeSection("start", `
A second \`npm start\`: listening after **${(summary.listeningMs / 1000).toFixed(1)} s** (${summary.spread.listeningMs.map((ms) => (ms / 1000).toFixed(1)).join(" to ")}), first faces on the feed after
**${(summary.facesMs / 1000).toFixed(1)} s** (${summary.spread.facesMs.map((ms) => (ms / 1000).toFixed(1)).join(" to ")}); median of ${runs} starts, npm and the set-up script included.

${summary.machine}. Written by \`node bench/start.mjs --write\`.`);
}
console.log(process.argv.includes("--json") ? JSON.stringify(summary) : summary);

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
