// Resident memory of the server and its children while the demo plays in a loop and a viewer is connected.
// Usage: node bench/memory.mjs [--minutes 10] [--json] [--write]
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { machine, option, writeSection } from "./report.mjs";
import { serve } from "./server.mjs";

const minutes = Number(option("minutes", "10"));
const sampleMs = 2000;
const settleShare = 0.2;

const cwd = mkdtempSync(join(tmpdir(), "emostream-memory-"));
const server = await serve(cwd, "--demo");
try {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/v1/feed?preview=jpeg`);
  let previews = 0;
  let frames = 0;
  socket.on("message", (data, isBinary) => {
    if (isBinary) previews += 1;
    else if (JSON.parse(String(data)).type === "frame") frames += 1;
  });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const samples = [];
  const startedMs = performance.now();
  while (performance.now() - startedMs < minutes * 60_000) {
    await new Promise((resolve) => setTimeout(resolve, sampleMs));
    samples.push({ minute: (performance.now() - startedMs) / 60_000, mib: treeMib(server.pid) });
    if (process.stderr.isTTY) process.stderr.write(`\r${samples.at(-1).minute.toFixed(1)} min  ${samples.at(-1).mib.toFixed(0)} MiB `);
  }
  socket.close();
  const settled = samples.filter((s) => s.minute >= minutes * settleShare);
  const summary = { minutes, frames, previews, startMib: Math.round(samples[0].mib), medianMib: Math.round(settled.map((s) => s.mib).toSorted((a, b) => a - b)[settled.length >> 1]), maxMib: Math.round(Math.max(...samples.map((s) => s.mib))), slopeMibPerMinute: slope(settled), machine: machine() };
  if (process.argv.includes("--write")) {
    writeSection("memory", `
${minutes} minutes of the demo in a loop with a viewer connected (${frames} results, ${previews} previews): ${summary.medianMib} MiB median, ${summary.maxMib} MiB at most
(proportional set size of the server and its children), slope after the first ${Math.round(minutes * settleShare)} minutes
**${summary.slopeMibPerMinute.toFixed(2)} MiB a minute**.

${summary.machine}. Written by \`node bench/memory.mjs --minutes ${minutes} --write\`.`);
  }
  console.log(process.argv.includes("--json") ? JSON.stringify(summary) : summary);
} finally {
  await server.close();
  rmSync(cwd, { recursive: true, force: true });
}

/** Proportional set size of a process and all its descendants, MiB. */
function treeMib(pid) {
  const parents = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // The process ended while we looked.
    }
  }
  const tree = new Set([pid]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const [child, parent] of parents) {
      if (!tree.has(parent) || tree.has(child)) continue;
      tree.add(child);
      grown = true;
    }
  }
  let kib = 0;
  for (const member of tree) {
    try {
      kib += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${member}/smaps_rollup`, "utf8"))?.[1] ?? 0);
    } catch {
      // The process ended while we looked.
    }
  }
  return kib / 1024;
}

/** Least-squares slope of MiB over minutes. */
function slope(samples) {
  const n = samples.length;
  const mx = samples.reduce((a, s) => a + s.minute, 0) / n;
  const my = samples.reduce((a, s) => a + s.mib, 0) / n;
  return samples.reduce((a, s) => a + (s.minute - mx) * (s.mib - my), 0) / samples.reduce((a, s) => a + (s.minute - mx) ** 2, 0);
}
