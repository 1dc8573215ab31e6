import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorCodes, type ErrorCode } from "../../../src/core/errors.js";
import { outlook, retryDelayMs } from "../../../src/pipeline/retry-policy.js";

const codes = Object.keys(errorCodes) as ErrorCode[];
const settings = { minDelayMs: 500, maxDelayMs: 30_000, factor: 2, jitter: 0.3 };

describe("outlook", () => {
  test("a live stream gives up only where the address or this machine must change", () => {
    const given = codes.filter((code) => outlook(code, { live: true, loop: false, played: true }) === "hopeless");
    expect(given.toSorted()).toEqual(["ffmpeg_missing", "invalid_config", "invalid_request", "outside_media_root", "unsupported_protocol"]);
  });

  test("what somebody must mend at the camera is tried slowly", () => {
    const slow = codes.filter((code) => outlook(code, { live: true, loop: false, played: false }) === "retry_slowly");
    expect(slow.toSorted()).toEqual(["forbidden", "hwaccel_failed", "no_video", "picture_too_large", "source_not_allowed", "unauthorized", "unsupported_codec"]);
  });

  test("a file is tried again only after trouble on the way to it", () => {
    const again = codes.filter((code) => outlook(code, { live: false, loop: false, played: false }) === "retry");
    expect(again.toSorted()).toEqual(["refused", "resources_exhausted", "source_lost", "stalled", "timeout", "unreachable"]);
    expect(codes.filter((code) => outlook(code, { live: false, loop: false, played: true }) !== "hopeless")).toEqual([]);
    expect(outlook("source_lost", { live: false, loop: true, played: true })).toBe("retry");
  });
});

describe("retryDelayMs", () => {
  test("grows to the longest", () => {
    expect([0, 1, 2, 3, 7, 8, 5000, Number.POSITIVE_INFINITY].map((n) => retryDelayMs(settings, n, 0))).toEqual([500, 500, 1000, 2000, 30_000, 30_000, 30_000, 30_000]);
  });

  test("a factor of 1 stays at the shortest, also for slow ones", () => {
    expect(retryDelayMs({ ...settings, factor: 1 }, 9, 0)).toBe(500);
  });

  test("jitter takes at most its share", () => {
    fc.assert(
      fc.property(fc.nat(50), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const full = retryDelayMs(settings, failures, 0);
        const delayMs = retryDelayMs(settings, failures, random);
        expect(delayMs).toBeLessThanOrEqual(full);
        expect(delayMs).toBeGreaterThanOrEqual(full * 0.7 - 1e-9);
      }),
    );
  });
});
