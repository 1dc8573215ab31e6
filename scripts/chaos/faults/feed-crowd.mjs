import { once } from "node:events";
import { WebSocket } from "ws";
import { httpCamera } from "../support/cameras.mjs";
import { processMib } from "../support/processes.mjs";
import { until } from "../support/wait.mjs";

const [readers, deaf, leaving] = [200, 60, 40];
const frames = 60;

export default {
  name: "feed-crowd",
  does: "300 subscribers: 200 read, 60 ask for pictures and never read, 40 leave in the middle of a message.",
  async run(t) {
    const camera = await httpCamera(t, { fps: 5, width: 640, height: 480 });
    const server = await t.serve({ analysis: { maxSide: 640, largeMaxSide: 0 }, preview: { maxSide: 640, quality: 100 } });
    await server.add("cam", camera.url);
    await server.analyses("cam", 2);
    const sockets = [];
    t.defer(() => sockets.forEach((s) => s.terminate()));
    const connect = async (query) => {
      const socket = new WebSocket(`${server.url.replace("http", "ws")}/v1/feed?streams=cam${query}`);
      socket.on("error", () => undefined); // the leaving ones are cut on purpose
      sockets.push(socket);
      await once(socket, "open");
      return socket;
    };
    const before = processMib(server.pid);
    const seqs = [];
    let told = 0;
    for (let i = 0; i < readers; i += 1) {
      const mine = [];
      seqs.push(mine);
      (await connect("")).on("message", (data) => {
        const message = JSON.parse(String(data));
        if (message.type === "frame") mine.push(message.seq);
        if (message.type === "drops") told += 1;
      });
    }
    // Pausing the TCP socket itself: nothing is taken from the kernel any more.
    for (let i = 0; i < deaf; i += 1) (await connect("&preview=jpeg"))._socket.pause();
    for (let i = 0; i < leaving; i += 1) {
      const socket = await connect("&preview=jpeg");
      let bytes = 0;
      socket._socket.on("data", (chunk) => {
        bytes += chunk.length;
        if (bytes > 3000 + 500 * i) socket._socket.resetAndDestroy();
      });
    }
    const from = Math.max(...seqs.map((s) => s.at(-1) ?? 0)) + 1;
    let most = 0;
    await until(`${frames} frames at every reader`, () => {
      most = Math.max(most, processMib(server.pid));
      return seqs.every((s) => s.at(-1) >= from + frames);
    });
    const counters = (await server.stream("cam")).counters;
    const expected = new Set(seqs.flat().filter((seq) => seq >= from && seq <= from + frames));
    t.holds("every reader got every message", seqs.every((s) => s.filter((seq) => expected.has(seq)).length === expected.size));
    t.holds("no reader was told of drops", told === 0, told);
    const held = await server.metric("emostream_feed_held_bytes");
    t.holds("what waits for those who do not read is bounded (60 times 2 MiB)", held <= deaf * 2 * 1024 * 1024, held);
    t.holds("memory is bounded (250 MiB more at most)", most - before < 250, most - before);
    t.holds("those who left are forgotten", (await server.metric("emostream_feed_clients ")) === 1 + readers + deaf, await server.metric("emostream_feed_clients "));
    t.note("grownMib", Math.round(most - before));
    t.note("heldMib", Math.round(held / 1024 / 1024));
    t.note("messagesEach", expected.size);
    t.note("analysed", counters.analysed);
    for (const socket of sockets) socket.terminate();
    await until("the end of the crowd", async () => (await server.metric("emostream_feed_clients ")) === 1);
    t.holds("nothing is held for anybody afterwards", (await server.metric("emostream_feed_held_bytes")) < 1024 * 1024);
  },
};
