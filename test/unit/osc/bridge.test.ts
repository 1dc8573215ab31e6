// Slots, messages and packets, decoded by another library.

import { array, assert, integer, property, tuple, uniqueArray } from "fast-check";
import { describe, expect, test } from "vitest";
import type { FrameMessage, StreamMessage } from "../../../src/core/feed.js";
import { OscBridge, type OscBridgeOptions } from "../../../src/osc/bridge.js";
import { packets } from "../../../src/osc/packets.js";
import { Slots } from "../../../src/osc/slots.js";
import { parseTarget } from "../../../src/osc/udp-target.js";
import { readPacket, type ReadMessage } from "../../support/osc-decoder.js";

const emotions = { anger: 0, disgust: 0, fear: 0, happiness: 1, sadness: 0, surprise: 0, neutral: 0 };

function face(trackId: number, size = 64): FrameMessage["faces"][number] {
  return { trackId, box: { x: 64, y: 36, width: size, height: size }, score: 1, landmarks: [[0, 0], [0, 0], [0, 0], [0, 0], [0, 0]], emotions, smoothed: emotions, label: "happiness", uncertain: false };
}

function frame(...faces: FrameMessage["faces"]): FrameMessage {
  return { type: "frame", v: 1, streamId: "cam", seq: 0, ptsMs: 0, width: 640, height: 360, faces };
}

function streamIs(state: StreamMessage["status"]["state"]): StreamMessage {
  return { type: "stream", v: 1, streamId: "cam", seq: 0, status: { state, attempt: 0, fps: 0 }, counters: { decoded: 0, analysed: 0, inFlight: 0, dropped: { paced: 0, pool_dry: 0, superseded: 0, engine_failed: 0, worker_lost: 0, worker_hung: 0, poisonous: 0, stopped: 0, paused: 0 } } };
}

/** A bridge with a clock of its own; `take` gives what was sent of a message. */
function bridgeOf(options: Partial<OscBridgeOptions> = {}) {
  const clock = { ms: 10_000 };
  let sent: Buffer[] = [];
  const bridge = new OscBridge({ maxSlots: 4, gapMs: 1000, rate: 0, send: (packet) => sent.push(packet), now: () => clock.ms, ...options });
  const collect = (act: () => void): ReadMessage[] => {
    sent = [];
    act();
    return sent.flatMap((packet) => readPacket(packet));
  };
  return { clock, take: (message: FrameMessage | StreamMessage) => collect(() => bridge.take(message)), clear: () => collect(() => bridge.clear()) };
}

const valueOf = (messages: readonly ReadMessage[], address: string) => messages.find((m) => m.address === `/emostream/cam/${address}`)?.args;

describe("slots", () => {
  test("a face keeps its slot through a gap; a free one is given again, the lowest first; who finds none waits", () => {
    const slots = new Slots({ max: 2, gapMs: 1000 });
    expect([...slots.update([7, 8, 9], 0)]).toEqual([[7, 1], [8, 2]]);
    expect([...slots.update([9, 8], 500)]).toEqual([[8, 2]]);
    expect([...slots.update([7, 8], 1000)]).toEqual([[7, 1], [8, 2]]);
    expect([...slots.update([9], 2000)]).toEqual([]);
    expect([...slots.update([9], 2001)]).toEqual([[9, 1]]);
    expect([slots.holds(1), slots.holds(2)]).toEqual([true, false]);
  });

  test("no two faces share a slot, none changes it, none lies outside (property)", () => {
    assert(
      property(array(tuple(uniqueArray(integer({ min: 1, max: 12 }), { maxLength: 8 }), integer({ min: 1, max: 700 })), { maxLength: 60 }), (frames) => {
        const slots = new Slots({ max: 4, gapMs: 1000 });
        const seen = new Map<number, { slot: number; atMs: number }>();
        let nowMs = 0;
        for (const [ids, passed] of frames) {
          nowMs += passed;
          const given = slots.update(ids, nowMs);
          expect(new Set(given.values()).size).toBe(given.size);
          for (const [id, slot] of given) {
            expect(slot).toBeGreaterThanOrEqual(1);
            expect(slot).toBeLessThanOrEqual(4);
            const before = seen.get(id);
            if (before && nowMs - before.atMs <= 1000) expect(slot).toBe(before.slot);
            seen.set(id, { slot, atMs: nowMs });
          }
        }
      }),
    );
  });
});

describe("messages", () => {
  test("a face is seven floats, its label, box in shares, track and presence; whole numbers stay floats where floats are promised", () => {
    const { take } = bridgeOf();
    expect(take(frame(face(5)))).toEqual([
      { address: "/emostream/cam/count", types: "i", args: [1] },
      { address: "/emostream/cam/1/present", types: "i", args: [1] },
      ...Object.entries(emotions).map(([name, value]) => ({ address: `/emostream/cam/1/${name}`, types: "f", args: [value] })),
      { address: "/emostream/cam/1/label", types: "s", args: ["happiness"] },
      { address: "/emostream/cam/1/uncertain", types: "i", args: [0] },
      { address: "/emostream/cam/1/box", types: "ffff", args: [0.1, 0.1, 0.1, 64 / 360].map(Math.fround) },
      { address: "/emostream/cam/1/track", types: "i", args: [5] },
    ]);
  });

  test("only what changed goes out, and everything once a second", () => {
    const { clock, take } = bridgeOf();
    const all = take(frame(face(5))).length;
    clock.ms += 40;
    expect(take(frame(face(5)))).toEqual([]);
    expect(take(frame({ ...face(5), label: "neutral" })).map((m) => m.address)).toEqual(["/emostream/cam/1/label"]);
    clock.ms += 1000;
    expect(take(frame(face(5)))).toHaveLength(all);
  });

  test("a lost face holds its values through the gap, then its slot is emptied, and told again for those who missed it", () => {
    const { clock, take } = bridgeOf();
    take(frame(face(5)));
    clock.ms += 500;
    expect(take(frame()).map((m) => m.address)).toEqual(["/emostream/cam/count"]);
    clock.ms += 501;
    const emptied = take(frame());
    expect(valueOf(emptied, "1/present")).toEqual([0]);
    expect(valueOf(emptied, "1/happiness")).toEqual([0]);
    expect(valueOf(emptied, "1/label")).toEqual([""]);
    clock.ms += 1000;
    expect(valueOf(take(frame()), "1/present")).toEqual([0]);
    expect(valueOf(take(frame(face(6))), "1/track")).toEqual([6]);
  });

  test("the largest faces get the slots; all of them count", () => {
    const { take } = bridgeOf({ maxSlots: 1 });
    const messages = take(frame(face(1, 30), face(2, 90)));
    expect([valueOf(messages, "count"), valueOf(messages, "1/track")]).toEqual([[2], [2]]);
  });

  test("a rate leaves frames out", () => {
    const { clock, take } = bridgeOf({ rate: 10 });
    let sent = 0;
    for (let i = 0; i < 50; i++, clock.ms += 20) sent += take(frame({ ...face(1), box: { x: i, y: 0, width: 9, height: 9 } })).length > 0 ? 1 : 0;
    expect(sent).toBe(10);
  });

  test.each([() => streamIs("paused"), () => streamIs("failed"), () => ({ ...streamIs("live"), removed: true })])("a stream that is not live any more is emptied, once", (message) => {
    const { take, clear } = bridgeOf();
    take(frame(face(1)));
    expect(take(streamIs("live"))).toEqual([]);
    const emptied = take(message());
    expect([valueOf(emptied, "count"), valueOf(emptied, "1/present")]).toEqual([[0], [0]]);
    expect(take(message())).toEqual([]);
    expect(clear()).toEqual([]);
  });
});

test("many faces make several bundles, each below 1400 bytes, and none is lost or out of order", () => {
  const messages = Array.from({ length: 300 }, (_, n) => ({ address: `/emostream/a-stream-with-a-long-name/${n}/happiness`, args: [{ type: "f" as const, value: n }] }));
  const made = packets(messages);
  expect(made.length).toBeGreaterThan(10);
  for (const packet of made) expect(packet.length).toBeLessThanOrEqual(1400);
  expect(made.flatMap((packet) => readPacket(packet)).map((m) => m.args[0])).toEqual(messages.map((_, n) => n));
  expect(packets([])).toEqual([]);
});

test.each<[string, object | undefined]>([
  ["127.0.0.1:9000", { host: "127.0.0.1", port: 9000 }],
  ["studio.local:1", { host: "studio.local", port: 1 }],
  ["[::1]:65535", { host: "::1", port: 65_535 }],
  ...["", "9000", "host", "host:", "host:0", "host:65536", "host:9e3", ":9000", "::1:9000", "[1.2.3.4]:9", "udp://host:9000", "a b:9"].map((text): [string, undefined] => [text, undefined]),
])("the target %j", (text, expected) => {
  expect(parseTarget(text)).toEqual(expected);
});
