// WebSocket frames and handshakes as they should not be.
import * as fc from "fast-check";
import { frameOf, goodHandshake } from "./websocket.mjs";

const payload = fc.oneof(fc.constantFrom("", "{}", "[]", "null", "\ufeff{}", '{"type":"subscribe"}', "x".repeat(70_000), "[".repeat(60_000)).map((t) => Buffer.from(t)), fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)));

/** Bytes of frames: whole messages of the wrong kind, in fragments, with wrong heads, lengths and control frames. */
export const oddFrames = fc.oneof(
  { weight: 3, arbitrary: fc.record({ opcode: fc.constantFrom(1, 2), payload }).map(frameOf) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(1, 2), fc.array(payload, { minLength: 2, maxLength: 5 })).map(([opcode, parts]) => Buffer.concat(parts.map((part, i) => frameOf({ opcode: i === 0 ? opcode : 0, payload: part, fin: i === parts.length - 1 })))) },
  { weight: 2, arbitrary: fc.record({ opcode: fc.integer({ min: 0, max: 15 }), payload, fin: fc.boolean(), rsv: fc.integer({ min: 0, max: 7 }), masked: fc.boolean() }).map(frameOf) },
  { weight: 1, arbitrary: fc.record({ opcode: fc.constantFrom(1, 2, 8, 9), payload, length: fc.constantFrom(1, 125, 126, 65_535, 65_536, 2 ** 31, 2 ** 53 - 1) }).map(frameOf) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(0, 999, 1000, 1001, 1004, 1005, 1006, 1011, 1015, 3000, 4999, 5000, 65_535), fc.string({ maxLength: 150 })).map(([code, reason]) => frameOf({ opcode: 8, payload: Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]) })) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 }).map((n) => Buffer.concat(Array.from({ length: n }, () => frameOf({ opcode: 9, payload: Buffer.from("ping") })))) },
);

/** A handshake: ours with a header left out, doubled or with another value, and offers that nobody asked for. */
export const oddHandshakes = fc
  .record({
    method: fc.oneof({ weight: 8, arbitrary: fc.constant("GET") }, { weight: 1, arbitrary: fc.constantFrom("POST", "HEAD", "OPTIONS", "PUT") }),
    drop: fc.option(fc.nat({ max: goodHandshake.length - 1 }), { freq: 3, nil: -1 }),
    change: fc.option(fc.tuple(fc.nat({ max: goodHandshake.length - 1 }), fc.constantFrom("", "x", "websocket, h2c", "keep-alive", "13, 8", "8", "-1", "AAAA", "A".repeat(5000), "evil.invalid")), { freq: 3, nil: undefined }),
    more: fc.array(
      fc.oneof(
        fc.constantFrom("permessage-deflate", "permessage-deflate; client_max_window_bits=99", "permessage-deflate; x; x; x", ";;=,", "x-".repeat(2000), '"', "permessage-deflate; server_max_window_bits=\"\\\"").map((value) => ["Sec-WebSocket-Extensions", value]),
        fc.constantFrom("mqtt", "a, b", "a,,b", ",", "a a", "é", "x".repeat(3000)).map((value) => ["Sec-WebSocket-Protocol", value]),
        fc.constantFrom("http://evil.invalid", "null", "http://[", "").map((value) => ["Origin", value]),
        fc.constantFrom(["Content-Length", "5"], ["Transfer-Encoding", "chunked"], ["Expect", "x"], ["Cookie", "emostream=x"], ["Authorization", "Bearer x"], ["X", "y".repeat(20_000)]),
      ),
      { maxLength: 2 },
    ),
  })
  .map(({ method, drop, change, more }) => ({ method, headers: [...goodHandshake.map(([name, value], i) => (change?.[0] === i ? [name, change[1]] : [name, value])).filter((_pair, i) => i !== drop), ...more] }));
