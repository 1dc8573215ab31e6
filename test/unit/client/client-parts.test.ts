import { expect, it } from "vitest";
import { feedAddress } from "../../../src/client/address.js";
import { MessageBuffer } from "../../../src/client/message-buffer.js";

const none = new Map<string, number>();

it.each([
  ["http://127.0.0.1:8080", "ws://127.0.0.1:8080/v1/feed"],
  ["http://127.0.0.1:8080/", "ws://127.0.0.1:8080/v1/feed"],
  ["https://emo.example/cams/", "wss://emo.example/cams/v1/feed"],
  ["ws://host/v1/feed", "ws://host/v1/feed"],
  ["wss://host/prefix/v1/feed", "wss://host/prefix/v1/feed"],
  ["http://host/?token=abc", "ws://host/v1/feed?token=abc"],
])("makes the feed's address of %s", (server, address) => {
  expect(feedAddress(server, { resume: none }).href).toBe(address);
});

it("puts what is wanted into the query", () => {
  const resume = new Map([
    ["a", 12],
    ["b", 0],
  ]);
  const { searchParams } = feedAddress("http://host/?token=old", { streams: ["a", "b"], preview: "jpeg", token: "new & odd", resume });
  expect(Object.fromEntries(searchParams)).toEqual({ streams: "a,b", preview: "jpeg", token: "new & odd", resume: "a:12,b:0" });
});

it("gives a reader what came, in order, then the end", async () => {
  let returned = 0;
  const buffer = new MessageBuffer<number>(10, () => returned++);
  const reading = (async () => {
    const read: number[] = [];
    for await (const value of buffer) read.push(value);
    return read;
  })();
  buffer.push(1);
  buffer.push(2);
  await Promise.resolve();
  buffer.push(3);
  buffer.end();
  buffer.push(4);
  expect(await reading).toEqual([1, 2, 3]);
  expect(returned).toBe(1);
});

it("leaves out the oldest for a reader that is slow", async () => {
  const buffer = new MessageBuffer<number>(2, () => undefined);
  for (const value of [1, 2, 3, 4]) buffer.push(value);
  expect([await buffer.next(), await buffer.next(), buffer.dropped]).toEqual([{ done: false, value: 3 }, { done: false, value: 4 }, 2]);
});

it("throws the error of its end once, after what waited", async () => {
  const buffer = new MessageBuffer<number>(2, () => undefined);
  buffer.push(1);
  buffer.end(new Error("refused"));
  expect(await buffer.next()).toEqual({ done: false, value: 1 });
  await expect(buffer.next()).rejects.toThrow("refused");
  expect(await buffer.next()).toEqual({ done: true, value: undefined });
});

it("wakes every reader that waits at its end", async () => {
  const buffer = new MessageBuffer<number>(2, () => undefined);
  const waiting = [buffer.next(), buffer.next()];
  buffer.end();
  expect(await Promise.all(waiting)).toEqual([
    { done: true, value: undefined },
    { done: true, value: undefined },
  ]);
});
