import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { connectFeed } from "../../../src/client/index.js";

/** A socket whose events the test makes. */
class FakeSocket {
  static made: FakeSocket[] = [];
  binaryType = "";
  readyState = 0;
  readonly url: string;
  readonly #listeners = new Map<string, (event: object) => void>();

  constructor(url: string) {
    this.url = url;
    FakeSocket.made.push(this);
  }

  addEventListener(type: string, listener: (event: object) => void): void {
    this.#listeners.set(type, listener);
  }
  emit(type: string, event: object = {}): void {
    this.#listeners.get(type)?.(event);
  }
  message(value: object): void {
    this.emit("message", { data: JSON.stringify(value) });
  }
  close(): void {
    this.readyState = 3;
  }
}

beforeEach(() => {
  FakeSocket.made = [];
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

// Port 9 of this machine: nobody listens, so asking why a handshake failed fails at once.
const server = "http://127.0.0.1:9";

it.each([
  ["error alone", ["error"]],
  ["close alone", ["close"]],
  ["error and close", ["error", "close"]],
])("tries once more after %s of a handshake", (_name, events) => {
  const feed = connectFeed(server, { WebSocket: FakeSocket });
  let disconnects = 0;
  feed.on("disconnect", () => disconnects++);
  for (const type of events) FakeSocket.made[0]?.emit(type, { code: 1006, reason: "" });
  expect(disconnects).toBe(1);
  vi.advanceTimersByTime(500);
  expect(FakeSocket.made).toHaveLength(2);
  feed.close();
});

it("waits longer and longer, up to a limit, until a hello", () => {
  const feed = connectFeed(server, { WebSocket: FakeSocket });
  const delays: number[] = [];
  feed.on("disconnect", ({ retryInMs }) => delays.push(retryInMs));
  for (let n = 0; n < 8; n++) {
    FakeSocket.made.at(-1)?.emit("close", { code: 1006, reason: "" });
    vi.advanceTimersByTime(15_000);
  }
  for (const [n, delay] of delays.entries()) {
    const longest = Math.min(15_000, 500 * 2 ** n);
    expect(delay).toBeGreaterThanOrEqual(longest / 2);
    expect(delay).toBeLessThanOrEqual(longest);
  }
  FakeSocket.made.at(-1)?.message({ type: "hello", v: 1 });
  FakeSocket.made.at(-1)?.emit("close", { code: 1001, reason: "shutting_down" });
  expect(delays.at(-1)).toBeLessThanOrEqual(500);
  feed.close();
});

it("asks for what it missed, of the streams that still exist", () => {
  const feed = connectFeed(server, { WebSocket: FakeSocket });
  const socket = FakeSocket.made[0];
  socket?.emit("open");
  for (const [streamId, seq] of [["a", 4], ["b", 9], ["a", 5]] as const) socket?.message({ type: "frame", v: 1, streamId, seq });
  socket?.message({ type: "stream", v: 1, streamId: "b", seq: 9, removed: true });
  socket?.emit("close", { code: 1006, reason: "" });
  vi.advanceTimersByTime(500);
  expect(new URL(FakeSocket.made[1]?.url ?? "").searchParams.get("resume")).toBe("a:5");
  feed.close();
});

it("leaves out message types of tomorrow", async () => {
  const feed = connectFeed(server, { WebSocket: FakeSocket });
  const reader = feed[Symbol.asyncIterator]();
  FakeSocket.made[0]?.message({ type: "weather", v: 1 });
  FakeSocket.made[0]?.message({ type: "bye", v: 1, code: "shutting_down", message: "" });
  expect((await reader.next()).value).toMatchObject({ type: "bye" });
  feed.close();
});
