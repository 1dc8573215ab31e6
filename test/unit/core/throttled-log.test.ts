import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AppError } from "../../../src/core/errors.js";
import { throttledWarn } from "../../../src/core/throttled-log.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("repeated errors are written at most once a second, with their count", () => {
  const lines: Record<string, unknown>[] = [];
  const warn = throttledWarn(pino({ level: "warn" }, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) }), "frame not analysed");
  for (let i = 0; i < 25; i++) {
    warn(new AppError("engine_failed", "Broken.", { detail: "in detail" }));
    vi.advanceTimersByTime(100);
  }
  expect(lines.map(({ msg, code, detail, repeated }) => ({ msg, code, detail, repeated }))).toEqual(
    [0, 9, 9].map((repeated) => ({ msg: "frame not analysed", code: "engine_failed", detail: "in detail", repeated })),
  );
});
