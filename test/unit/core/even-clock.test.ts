import { afterEach, describe, expect, it, vi } from "vitest";
import { evenNowMs, systemTime } from "../../../src/core/even-clock.js";

describe("the even clock", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is the system's, in milliseconds with fractions, as long as nobody sets that", () => {
    const now = evenNowMs();
    expect(Math.abs(now - Date.now())).toBeLessThan(500);
    expect(systemTime(now)).toBe(new Date(now).toISOString());
  });

  it("goes on evenly when the system's is set, and is told as that has it now", () => {
    const hour = 3_600_000;
    for (const step of [hour, -24 * hour, -50 * 365 * 24 * hour]) {
      const before = evenNowMs();
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + step });
      const after = evenNowMs();
      expect(after - before).toBeGreaterThanOrEqual(0);
      expect(after - before).toBeLessThan(hour);
      expect(Math.abs(Date.parse(systemTime(after)) - Date.now())).toBeLessThan(1000);
      // What was before the step is told as so long ago as it was.
      expect(Date.parse(systemTime(after - 5000))).toBe(Date.parse(systemTime(after)) - 5000);
      vi.useRealTimers();
    }
  });
});
