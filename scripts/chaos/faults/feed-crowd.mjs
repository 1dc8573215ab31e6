import { once } from "node:events";
import { WebSocket } from "ws";
import { httpCamera } from "../support/cameras.mjs";
import { processMib } from "../support/processes.mjs";
import { until } from "../support/wait.mjs";

/** Of the deaf some ask for large pictures, more than the kernel takes for them. */
const [readers, deaf, deafToLarge, leaving] = [800, 180, 20, 40];
const frames = 90;
/** docs/reliability.md, "Memory of the feed": what one client may keep waiting, in bytes, by the largest message. */
const mostHeld = (largest, queueMessages = 32) => 256 * 1024 + (queueMessages + 1) * largest;

export default {
  name: "feed-crowd",
  does: "1,000 subscribers of one stream of 15 frames a second: 800 read, 200 (20 of them of large pictures) never do; 40 more leave in the middle of a message.",
  async run(t) {
    const camera = await httpCamera(t, { fps: 15, width: 640, height: 480 });
    const server = await t.serve({ analysis: { maxSide: 640, largeMaxSide: 0 }, preview: { maxSide: 640, quality: 100 }, feed: { maxClients: 1200, pingIntervalMs: 120_000 } }); // no deaf one is cut off before the end
    await server.add("cam", camera.url);
    await server.add("large", (await httpCamera(t, { fps: 5, width: 640, height: 480, picture: "noise" })).url);
    await server.analyses("cam", 2);
    await server.analyses("large", 2);
    const sockets = [];
    t.defer(() => sockets.forEach((s) => s.terminate()));
    const connect = async (query, stream = "cam") => {
      const socket = new WebSocket(`${server.url.replace("http", "ws")}/v1/feed?streams=${stream}${query}`);
      socket.on("error", () => undefined); // the leaving ones are cut on purpose
      sockets.push(socket);
      await once(socket, "open");
      return socket;
    };
    const before = processMib(server.pid);
    const seen = [];
    for (let i = 0; i < readers; i += 1) {
      const mine = { seqs: [], told: 0 };
      seen.push(mine);
      (await connect("")).on("message", (data) => {
        const message = JSON.parse(String(data));
        if (message.type === "frame") mine.seqs.push(message.seq);
        if (message.type === "drops") mine.told = message.frames;
      });
    }
    const largest = { cam: 0, large: 0 };
    for (const stream of ["cam", "large"]) (await connect("&preview=jpeg", stream)).on("message", (data) => (largest[stream] = Math.max(largest[stream], data.length)));
    // Pausing the TCP socket itself: nothing is taken from the kernel any more.
    for (let i = 0; i < deaf; i += 1) (await connect("&preview=jpeg"))._socket.pause();
    for (let i = 0; i < deafToLarge; i += 1) (await connect("&preview=jpeg", "large"))._socket.pause();
    for (let i = 0; i < leaving; i += 1) {
      const socket = await connect("&preview=jpeg");
      let bytes = 0;
      socket._socket.on("data", (chunk) => {
        bytes += chunk.length;
        if (bytes > 3000 + 500 * i) socket._socket.resetAndDestroy();
      });
    }
    const from = Math.max(...seen.map((s) => s.seqs.at(-1) ?? 0)) + 1;
    let most = 0;
    await until(`${frames} frames at every reader`, () => {
      most = Math.max(most, processMib(server.pid));
      return seen.every((s) => s.seqs.at(-1) >= from + frames);
    });
    await until("full queues of the deaf", async () => {
      most = Math.max(most, processMib(server.pid));
      return (await server.metric('emostream_feed_dropped_total{kind="preview"}')) > 0;
    });
    const counters = (await server.stream("cam")).counters;
    const expected = new Set(seen.flatMap((s) => s.seqs).filter((seq) => seq >= from && seq <= from + frames));
    const missed = seen.map((s) => expected.size - s.seqs.filter((seq) => expected.has(seq)).length);
    t.holds("every reader got every message, or was told how many it did not", missed.every((n, i) => n <= seen[i].told), Math.max(...missed));
    const held = await server.metric("emostream_feed_held_bytes");
    const bound = deaf * mostHeld(largest.cam) + deafToLarge * mostHeld(largest.large);
    t.holds("what waits for those who do not read is bounded, as stated", held <= bound, [held, bound]);
    t.holds("and so is the memory of the process", (most - before) * 1024 * 1024 < bound, [most - before, bound]);
    t.holds("those who left are forgotten", (await server.metric("emostream_feed_clients ")) === 3 + readers + deaf + deafToLarge, await server.metric("emostream_feed_clients "));
    t.note("grownMib", Math.round(most - before));
    t.note("heldMib", Math.round(held / 1024 / 1024));
    t.note("boundMib", Math.round(bound / 1024 / 1024));
    t.note("largestMessage", largest);
    t.note("missedMost", Math.max(...missed));
    t.note("messagesEach", expected.size);
    t.note("analysed", counters.analysed);
    for (const socket of sockets) socket.terminate();
    await until("the end of the crowd", async () => (await server.metric("emostream_feed_clients ")) === 1);
    t.holds("nothing is held for anybody afterwards", (await server.metric("emostream_feed_held_bytes")) < 1024 * 1024);
  },
};
