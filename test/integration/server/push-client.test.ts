// openPush against a real server with real pushed streams: credits, answers, refusals, ends.

import { describe, expect, it } from "vitest";
import { WebSocket as WsSocket } from "ws";
import { openPush, PushRefused, type FeedSocketConstructor, type Push, type PushAnswer, type PushOptions } from "../../../src/client/index.js";
import { eventually } from "./support/eventually.js";
import { picture, startPushServer } from "./support/push-rig.js";

// Node 22 and newer have a WebSocket of their own, which differs in small things.
const own = (globalThis as { WebSocket?: FeedSocketConstructor }).WebSocket;
const implementations: [string, FeedSocketConstructor][] = [["ws", WsSocket], ...(own ? [["Node", own] as [string, FeedSocketConstructor]] : [])];

function word(answer: PushAnswer): string {
  if (answer.type === "frame") return `${answer.frameId} frame`;
  return answer.type === "dropped" ? `${answer.frameId} ${answer.code ?? answer.reason}` : answer.type;
}

/** Reads every answer, as one word each behind its frame's id. */
function collect(push: Push): { readonly words: string[]; readonly done: Promise<void> } {
  const words: string[] = [];
  const done = (async () => {
    for await (const answer of push) words.push(word(answer));
  })();
  return { words, done };
}

describe.each(implementations)("with the WebSocket of %s", (_name, WebSocket) => {
  const size = { format: "jpeg", width: 64, height: 48, WebSocket } satisfies PushOptions;

  it("sends as credits allow, numbers frames by itself, and finishes when all are answered", async () => {
    await using test = await startPushServer({ push: { credits: 2 } });
    const push = await openPush(test.url, { ...size, mode: "lossless", streamId: "desk", name: "Desk", settings: { maxSide: 64 } });
    expect([push.streamId, push.credits]).toEqual(["desk", 2]);
    const { words, done } = collect(push);
    const jpeg = await picture("jpeg");
    test.engine.held = true;
    const sent: number[] = [];
    const all = Promise.all(Array.from({ length: 5 }, async () => sent.push(await push.send(jpeg))));
    await eventually(() => test.engine.waiting).toBe(1);
    expect(sent).toEqual([0, 1]);
    expect(words).toEqual([]);
    test.engine.held = false;
    test.engine.release();
    await all;
    expect(await push.send(jpeg.buffer.slice(jpeg.byteOffset, jpeg.byteOffset + jpeg.length) as ArrayBuffer, { id: 10, capturedAtMs: Date.now() + 1000 })).toBe(10);
    await push.finish();
    await done;
    expect(words).toEqual(["0 frame", "1 frame", "2 frame", "3 frame", "4 frame", "10 frame"]);
    expect(await push.closed).toEqual({ code: 1000 });
    await expect(push.send(jpeg)).rejects.toThrow("over");
  });

  it("hands on why a frame was refused, and goes on", async () => {
    await using test = await startPushServer();
    const push = await openPush(test.url, { ...size, mode: "lossless" });
    const { words, done } = collect(push);
    await push.send(new Uint8Array([1, 2, 3]));
    await push.send(await picture("jpeg", 64, 50));
    await push.send(await picture("jpeg"));
    await expect(push.send(await picture("jpeg"), { id: 1 })).rejects.toThrow(RangeError);
    await push.finish();
    await done;
    expect(words.toSorted()).toEqual(["0 invalid_picture", "1 not_as_declared", "2 frame"]);
  });

  it("is refused with the server's code and words", async () => {
    await using test = await startPushServer({ server: { token: "correct-horse" } });
    await expect(openPush(test.url, size)).rejects.toMatchObject({ name: "PushRefused", code: "unauthenticated" });
    const token = "correct-horse";
    const bad = await openPush(test.url, { ...size, token, width: 3 }).catch((error: unknown) => error);
    expect(bad).toBeInstanceOf(PushRefused);
    expect(bad).toMatchObject({ code: "invalid_request", issues: [{ path: "width" }] });
    const first = await openPush(test.url, { ...size, token, streamId: "one" });
    await expect(openPush(test.url, { ...size, token, streamId: "one" })).rejects.toMatchObject({ code: "stream_exists" });
    first.close();
    await first.closed;
    await expect(openPush("http://127.0.0.1:9", size)).rejects.toMatchObject({ name: "PushRefused", code: undefined });
    await expect(openPush("ftp://host", size)).rejects.toThrow(TypeError);
  });

  it("ends with the server, and with its signal", async () => {
    await using test = await startPushServer();
    const push = await openPush(test.url, size);
    const { words, done } = collect(push);
    const controller = new AbortController();
    const other = await openPush(test.url, { ...size, signal: controller.signal });
    controller.abort(new Error("enough"));
    expect(await other.closed).toEqual({ code: 1000 });
    await expect(openPush(test.url, { ...size, signal: controller.signal })).rejects.toThrow("enough");
    await test.server.close();
    await done;
    expect(words).toEqual(["bye"]);
    expect(await push.closed).toEqual({ code: 1001 });
    await push.finish();
  });
});
