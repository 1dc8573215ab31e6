// A viewer that checks what it is sent: the conservation law in every count, numbers and times of frames in order.
import { once } from "node:events";
import { WebSocket } from "ws";

const kept = 20;

/** Connects to the feed of all streams and checks every message until it is closed. */
export async function watchFeed(url) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/v1/feed`);
  const violations = [];
  const last = new Map();
  const states = [];
  /** Of the newest frame of each stream, as its message says: when it was received. */
  const receivedAt = new Map();
  const feed = { violations, states, receivedAt, messages: 0, close: () => socket.terminate() };
  const complain = (text) => {
    if (violations.length < kept) violations.push(text);
  };
  socket.on("message", (data) => {
    feed.messages += 1;
    const message = JSON.parse(String(data));
    if (message.type === "stream") {
      states.push({ atMs: performance.now(), id: message.streamId, state: message.status.state, code: message.status.reason?.code });
      if (states.length > 5000) states.splice(0, 1000);
      if (!isConserved(message.counters)) complain(`law broken in ${message.streamId}: ${JSON.stringify(message.counters)}`);
    }
    if (message.type === "frame") {
      checkOrder(last, message, complain);
      receivedAt.set(message.streamId, Date.parse(message.receivedAt));
    }
    if (message.type === "error") complain(`error on the feed: ${message.code}`);
  });
  socket.on("error", () => undefined); // the server may be killed while we listen
  await once(socket, "open");
  return feed;
}

/** decoded = analysed + dropped, whatever for + in flight. */
export function isConserved({ decoded, analysed, inFlight, dropped }) {
  return decoded === analysed + inFlight + Object.values(dropped).reduce((a, b) => a + b, 0);
}

/** Seq rises for ever; pts rise within an epoch, and epochs never fall. */
export function checkOrder(last, { streamId, seq, ptsMs, epoch = 0 }, complain) {
  const before = last.get(streamId);
  last.set(streamId, { seq, ptsMs, epoch });
  if (before === undefined) return;
  if (seq <= before.seq) complain(`${streamId}: seq ${seq} after ${before.seq}`);
  if (epoch < before.epoch || (epoch === before.epoch && ptsMs <= before.ptsMs)) complain(`${streamId}: ${ptsMs} ms of epoch ${epoch} after ${before.ptsMs} ms of ${before.epoch}`);
}
