// What each further stream costs in memory: the server with one stream, then more, all watched by one viewer. Run by memory.mjs --streams.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { descendants, processMib, treeMib } from "../scripts/chaos/support/processes.mjs";
import { startServer } from "../scripts/chaos/support/server.mjs";
import { sleep } from "../scripts/chaos/support/wait.mjs";
import { line } from "./line.mjs";
import { flag, machine, root, writeSection } from "./report.mjs";

const counts = flag("quick") ? [1, 3] : [1, 2, 4, 6, 8];
const settleMs = flag("quick") ? 4000 : 10_000;
const samples = 10;

/** Measures, writes and prints. */
export async function measureStreams() {
  const folder = mkdtempSync(join(tmpdir(), "emostream-memory-"));
  mkdirSync(join(folder, "media"));
  copyFileSync(join(root, "assets/demo/demo.mp4"), join(folder, "media/demo.mp4"));
  const server = await startServer(folder, {}, { plain: true, watch: false });
  try {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/v1/feed?preview=jpeg`);
    socket.on("message", () => undefined);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    const rows = [];
    let streams = 0;
    for (const count of counts) {
      for (; streams < count; streams++) await server.add(`stream-${streams}`, "demo.mp4", { loop: true });
      await sleep(settleMs);
      rows.push({ streams: count, ...(await settled(server.pid)) });
    }
    socket.close();
    const report = { machine: machine(), rows, firstMib: rows[0].mib, furtherMib: line(rows.map(({ streams: x, mib: y }) => [x, y])).slope };
    if (flag("write")) writeSection("memory-streams", table(report));
    console.log(flag("json") ? JSON.stringify(report) : table(report));
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Means of some seconds. */
async function settled(pid) {
  let [mib, serverMib] = [0, 0];
  for (let n = 0; n < samples; n++) {
    await sleep(500);
    mib += treeMib(pid) / samples;
    serverMib += processMib(pid) / samples;
  }
  return { mib, serverMib, decoders: descendants(pid).length };
}

function table({ rows, firstMib, furtherMib }) {
  return `The demo clip as a live stream once, and several times at once, with a viewer who gets results and pictures of all. One stream: **${firstMib.toFixed(0)} MiB**; each further one, by
the fitted line: **${furtherMib.toFixed(0)} MiB** (proportional set size of the server and its decoders).

| streams | together | server | decoders |
|---|---|---|---|
${rows.map((r) => `| ${r.streams} | ${r.mib.toFixed(0)} MiB | ${r.serverMib.toFixed(0)} MiB | ${(r.mib - r.serverMib).toFixed(0)} MiB |`).join("\n")}

${machine()}. Written by \`node bench/memory.mjs --streams --write\`.`;
}
