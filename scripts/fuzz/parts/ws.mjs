// /v1/feed: handshakes, queries, messages and bare frames; viewers that vanish.
import * as fc from "fast-check";
import { judgeSocket } from "../support/judge-socket.mjs";
import { mutatedJson } from "../support/mutate-json.mjs";
import { oddFrames, oddHandshakes } from "../support/odd-frames.mjs";
import { oddSegments } from "../support/odd-requests.mjs";
import { valuesOf } from "../support/schema-values.mjs";
import { goodHandshake, RawSocket, text } from "../support/websocket.mjs";

export const sends = "mutated messages to the feed";
export const engine = "noop";
const path = "/v1/feed";
/** A client may say so much at once; more ends the connection, which the flood is for. */
const most = 8;

export async function campaigns(target, runs) {
  const { body: document } = await target.server.request("GET", "/asyncapi.json");
  const messages = mutatedJson(valuesOf(document.components.messages.subscribe.payload, document)).map(text);
  const query = fc.array(fc.tuple(fc.constantFrom("streams", "preview", "resume", "token", "x"), fc.oneof(fc.constantFrom("cam", "cam,door", "jpeg", "none", "cam:5", "cam:-1,cam:9", "cam:1e5", ",", ":", "a:b:c"), oddSegments)), { maxLength: 3 }).map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join("&"));
  return [
    { name: "ws:handshake", runs: Math.ceil(runs * 0.2), cases: fc.tuple(oddHandshakes, query), check: ([{ method, headers }, asked]) => talk(target, `${path}?${asked}`, headers, method, [], "close") },
    { name: "ws:messages", runs: Math.ceil((runs * 0.5) / 4), cases: fc.tuple(query, fc.array(messages, { minLength: 1, maxLength: most }), endings), check: ([asked, said, ending]) => talk(target, `${path}?${asked.includes("preview") ? "preview=jpeg" : ""}`, goodHandshake, "GET", said, ending) },
    { name: "ws:frames", runs: Math.ceil((runs * 0.3) / 3), cases: fc.tuple(fc.array(oddFrames, { minLength: 1, maxLength: most - 2 }), endings), check: ([said, ending]) => talk(target, path, goodHandshake, "GET", said, ending) },
    { name: "ws:flood", runs: Math.ceil(runs / 1000), cases: fc.integer({ min: 40, max: 10_000 }), check: (count) => flood(target, count) },
  ];
}

const endings = fc.oneof({ weight: 5, arbitrary: fc.constant("close") }, { weight: 1, arbitrary: fc.constant("vanish") });

async function talk(target, address, headers, method, said, ending) {
  const socket = await RawSocket.open(target.url, address, headers, method);
  if (socket.refused === undefined) {
    for (const bytes of said) socket.send(bytes);
    if (ending === "vanish") {
      socket.vanish();
      return said.length;
    }
    await socket.settle();
    await socket.close();
  }
  judgeSocket(socket, Buffer.concat(said));
  return Math.max(1, said.length);
}

/** More messages than a client may send: it is told so and sent away. */
async function flood(target, count) {
  const socket = await RawSocket.open(target.url, path);
  socket.send(Buffer.concat(Array.from({ length: count }, () => text("{}"))));
  await socket.until("the end of a client that talks too much", () => socket.ended);
  judgeSocket(socket);
  if (socket.closeCode !== 1013) throw new Error(`expected 1013, received ${socket.closeCode}`);
  return 1;
}
