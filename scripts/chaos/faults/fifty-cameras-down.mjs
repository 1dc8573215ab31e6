import { httpCamera } from "../support/cameras.mjs";
import { decoders } from "../support/processes.mjs";
import { sleep, until } from "../support/wait.mjs";

const cameras = 50;
const cap = 6;

export default {
  name: "fifty-cameras-down",
  does: "Fifty cameras go down at once, hang while the server tries to open them, and come back.",
  async run(t) {
    const camera = await httpCamera(t, { fps: 2, width: 64, height: 48 });
    const server = await t.serve({
      ingest: { maxConnecting: cap, openTimeoutMs: 20_000, stallAfterMs: 20_000, stallTimeoutMs: 60_000, poolFrames: 3 },
      reconnect: { minDelayMs: 200, maxDelayMs: 1500 },
      analysis: { maxSide: 64, largeMaxSide: 0 },
    });
    const most = { atStart: 0, away: 0 };
    for (let i = 0; i < cameras; i += 1) await server.add(`cam-${i}`, `${camera.url}/${i}`);
    const count = async (state) => (await server.streams()).filter((s) => s.state === state).length;
    await until("fifty live streams", async () => (await count("live")) === cameras, 120_000);
    camera.mode = "hang";
    camera.drop();
    await until("no stream to be live", async () => (await count("live")) === 0);
    const seen = new Set();
    for (let i = 0; i < 60; i += 1) {
      const children = decoders(server.pid);
      most.away = Math.max(most.away, children.length);
      for (const child of children) seen.add(child.pid);
      await sleep(100);
    }
    t.holds(`at most ${cap} decoders connect at a time`, most.away <= cap, most.away);
    t.holds("and that many do", most.away === cap, most.away);
    camera.mode = "send";
    camera.drop();
    await until("fifty live streams again", async () => (await count("live")) === cameras, 150_000);
    t.holds("all fifty are back", server.decoders().length === cameras, server.decoders().length);
    const waits = server.said().match(/"nextTryAtMs":[\d.]+/g) ?? [];
    t.holds("no two waiting times end together (jitter)", new Set(waits).size > waits.length * 0.9, waits.length);
    t.note("mostConnecting", most.away);
    t.note("decodersTried", seen.size);
  },
};
