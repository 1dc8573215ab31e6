import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Watchdog } from "../../../src/ingest/watchdog.js";

const limits = { openTimeoutMs: 1000, stallAfterMs: 200, stallTimeoutMs: 500, live: true };
let events: string[];

function watch(own: Partial<typeof limits> = {}): Watchdog {
  const startMs = performance.now();
  const at = (what: string) => void events.push(`${what} ${Math.floor((performance.now() - startMs) / 10) * 10}`);
  return new Watchdog({ ...limits, ...own }, { onOpenTimeout: () => at("open timeout"), onStalled: (stalled) => at(stalled ? "stalled" : "again"), onStallTimeout: () => at("stall timeout") });
}

beforeEach(() => {
  events = [];
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance"] });
});
afterEach(() => vi.useRealTimers());

describe("Watchdog", () => {
  it("gives the first frame a deadline", () => {
    watch();
    vi.advanceTimersByTime(999);
    expect(events).toEqual([]);
    vi.advanceTimersByTime(5000);
    expect(events).toEqual(["open timeout 1000"]);
  });

  it("calls a silent camera stalled, then gives it up", () => {
    const dog = watch();
    vi.advanceTimersByTime(900);
    dog.frame();
    vi.advanceTimersByTime(5000);
    expect(events).toEqual(["stalled 1100", "stall timeout 1400"]);
  });

  it("tells when frames come again", () => {
    const dog = watch();
    dog.frame();
    vi.advanceTimersByTime(300);
    dog.frame();
    vi.advanceTimersByTime(250);
    dog.frame();
    dog.stop();
    expect(events).toEqual(["stalled 200", "again 300", "stalled 500", "again 550"]);
  });

  it("is quiet while frames come", () => {
    const dog = watch();
    for (let i = 0; i < 100; i++) {
      dog.frame();
      vi.advanceTimersByTime(150);
    }
    expect(events).toEqual([]);
  });

  it("does not blame a source that is held back", () => {
    const dog = watch();
    dog.frame();
    dog.hold(true);
    vi.advanceTimersByTime(10_000);
    dog.hold(false);
    expect(events).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(events).toEqual(["stalled 10200", "stall timeout 10500"]);
  });

  it("gives files only the first deadline", () => {
    const dog = watch({ live: false });
    dog.frame();
    vi.advanceTimersByTime(100_000);
    expect(events).toEqual([]);
  });

  it("keeps no timer after stop", () => {
    const dog = watch();
    dog.frame();
    dog.stop();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(5000);
    expect(events).toEqual([]);
  });
});
