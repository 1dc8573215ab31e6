import * as fc from "fast-check";
import { expect, it } from "vitest";
import { ClientQueue, type FrameItem } from "../../../src/server/feed/client-queue.js";
import { SharedMessage } from "../../../src/server/feed/shared-message.js";

function item(kind: FrameItem["kind"], seq: number, streamId = "a"): FrameItem {
  return { kind, streamId, seq, message: SharedMessage.json({ kind, streamId, seq }) };
}

function take(queue: ClientQueue): string[] {
  const taken: string[] = [];
  for (let message = queue.next(); message; message = queue.next()) {
    const { kind, seq } = JSON.parse(Buffer.from(message.bytes).toString()) as { kind: string; seq: number };
    taken.push(`${kind} ${seq}`);
  }
  return taken;
}

it("gives messages in order: replies, states, replayed frames, live frames", () => {
  const queue = new ClientQueue(10);
  queue.add(item("frame", 9));
  queue.setReplay([item("frame", 7), item("frame", 8)]);
  queue.addState("a", SharedMessage.json({ kind: "state", seq: 1 }));
  queue.addState("b", SharedMessage.json({ kind: "state", seq: 2 }));
  queue.addState("a", SharedMessage.json({ kind: "state", seq: 3 }));
  queue.addReply(SharedMessage.json({ kind: "reply", seq: 0 }));
  expect(queue.length).toBe(6);
  expect(take(queue)).toEqual(["reply 0", "state 3", "state 2", "frame 7", "frame 8", "frame 9"]);
  expect(queue.length).toBe(0);
});

it("leaves out the oldest, a frame together with its picture", () => {
  const queue = new ClientQueue(4);
  for (const seq of [0, 1, 2]) {
    queue.add(item("frame", seq));
    queue.add(item("preview", seq));
  }
  expect(queue.drops).toEqual({ frames: 1, previews: 1, episodes: 0 });
  expect(take(queue)).toEqual(["frame 1", "preview 1", "frame 2", "preview 2"]);
});

it("leaves out the picture that comes after its frame was left out", () => {
  const queue = new ClientQueue(1);
  queue.add(item("frame", 0));
  queue.add(item("frame", 1));
  queue.add(item("preview", 0));
  expect(queue.drops).toEqual({ frames: 1, previews: 1, episodes: 0 });
  expect(take(queue)).toEqual(["frame 1"]);
});

it("leaves out frames and pictures before episodes, and these only when nothing else waits", () => {
  const queue = new ClientQueue(3);
  for (const seq of [0, 1]) {
    queue.add(item("episode", seq));
    queue.add(item("frame", seq));
    queue.add(item("preview", seq));
  }
  expect(queue.drops).toEqual({ frames: 2, previews: 2, episodes: 0 });
  queue.add(item("episode", 2));
  queue.add(item("episode", 3));
  expect(queue.drops).toEqual({ frames: 2, previews: 2, episodes: 1 });
  expect(take(queue)).toEqual(["episode 1", "episode 2", "episode 3"]);
});

it("takes only so many replies", () => {
  const queue = new ClientQueue(1);
  const answers = Array.from({ length: 20 }, () => queue.addReply(SharedMessage.json({})));
  expect(answers.indexOf(false)).toBe(16);
});

it("never holds more than it may, never leaves a picture without its frame, and counts what it leaves out", () => {
  const action = fc.oneof(fc.constantFrom("frame", "preview", "both").map((what) => ({ what, stream: "a" })), fc.constantFrom("frame", "both").map((what) => ({ what, stream: "b" })), fc.constant({ what: "take", stream: "" }));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(action, { maxLength: 80 }), (limit, actions) => {
      const queue = new ClientQueue(limit);
      const seqs: Record<string, number> = { a: -1, b: -1 };
      const pictured = new Set<string>();
      const out: { kind: string; streamId: string; seq: number }[] = [];
      let added = 0;
      const takeOne = () => {
        const message = queue.next();
        if (message) out.push(JSON.parse(Buffer.from(message.bytes).toString()) as (typeof out)[number]);
        return message !== undefined;
      };
      for (const { what, stream } of actions) {
        if (what === "take") takeOne();
        if (what === "frame" || what === "both") {
          queue.add(item("frame", ++seqs[stream]!, stream));
          added++;
        }
        const id = `${stream} ${seqs[stream]}`;
        // a picture comes once, after its frame
        if ((what === "preview" || what === "both") && seqs[stream]! >= 0 && !pictured.has(id)) {
          pictured.add(id);
          queue.add(item("preview", seqs[stream]!, stream));
          added++;
        }
        expect(queue.length).toBeLessThanOrEqual(limit);
      }
      while (takeOne());
      expect(out.length + queue.drops.frames + queue.drops.previews).toBe(added);
      for (const [at, { kind, streamId, seq }] of out.entries()) {
        const before = out.slice(0, at);
        if (kind === "preview") expect(before).toContainEqual({ kind: "frame", streamId, seq });
        expect(before.some((m) => m.kind === kind && m.streamId === streamId && m.seq >= seq)).toBe(false);
      }
    }),
  );
});

it("forgets what is not wanted any more without counting it", () => {
  const queue = new ClientQueue(10);
  queue.setReplay([item("frame", 1, "b")]);
  queue.add(item("frame", 2, "a"));
  queue.add(item("preview", 2, "a"));
  queue.keep((i) => i.streamId === "a" && i.kind === "frame");
  expect(take(queue)).toEqual(["frame 2"]);
  expect(queue.drops).toEqual({ frames: 0, previews: 0, episodes: 0 });
});

it("serialises a message once, and only when somebody gets it", () => {
  let made = 0;
  const shared = SharedMessage.binary(() => new Uint8Array([++made]));
  expect(made).toBe(0);
  expect(shared.bytes).toBe(shared.bytes);
  expect(made).toBe(1);
});
