// The small rules: ids out of sources, hosts, token links, statuses, settings.

import { expect, it } from "vitest";
import { analysisSchema } from "../../../src/core/config.js";
import { errorCodes } from "../../../src/core/errors.js";
import { streamIdSchema } from "../../../src/core/feed.js";
import { withoutToken } from "../../../src/server/auth.js";
import { closeCode } from "../../../src/server/close-codes.js";
import { httpStatus } from "../../../src/server/http-status.js";
import { isLoopback } from "../../../src/server/origin.js";
import { analysisOverrideSchema } from "../../../src/server/schemas.js";
import { streamIdFor } from "../../../src/server/stream-id.js";
import { mergeAnalysis } from "../../../src/server/stream-spec.js";

it.each([
  ["rtsp://***@door.lan:8554/h264/main?channel=1", "door-lan-h264-main"],
  ["rtsp://192.168.1.5/", "192-168-1-5"],
  ["rtsp://[fe80::1]:554/live", "fe80-1-live"],
  ["http://Example.COM/Caméra 1.mjpg", "example-com-came-ra-1-mjpg"],
  ["clips/Talk 1.mp4", "talk-1"],
  ["/dev/video0", "video0"],
  ["日本.mp4", "stream"],
  ["...", "stream"],
  [`${"long".repeat(40)}.mp4`, "long".repeat(16)],
])("makes an id of %s", (source, id) => {
  expect(streamIdFor(source, () => false)).toBe(id);
  expect(streamIdSchema.safeParse(id).success).toBe(true);
});

it("numbers ids that are in use, within the allowed length", () => {
  const taken = new Set(["cam", "cam-2", "x".repeat(64)]);
  expect(streamIdFor("cam.mp4", (id) => taken.has(id))).toBe("cam-3");
  expect(streamIdFor(`${"x".repeat(70)}.mp4`, (id) => taken.has(id))).toBe(`${"x".repeat(62)}-2`);
});

it.each([
  ["127.0.0.1", true],
  ["127.8.9.1", true],
  ["localhost", true],
  ["LOCALHOST", true],
  ["app.localhost", true],
  ["::1", true],
  ["[::1]", true],
  ["0.0.0.0", false],
  ["127.0.0.1.evil.example", false],
  ["localhost.evil.example", false],
  ["192.168.0.1", false],
  ["", false],
])("knows whether %s is this machine alone", (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

it.each([
  ["/?token=abc", "abc", "/"],
  ["/?a=1&token=abc&b=2", "abc", "/?a=1&b=2"],
  ["/?token=a%20b%2B", "a b+", "/"],
  ["//evil.example/?token=x", "x", "/evil.example/"],
  ["/\\evil.example?token=x", "x", "/evil.example"],
  ["http://evil.example/?token=x", "x", "/http://evil.example/"],
])("takes the token out of %s", (url, token, location) => {
  expect(withoutToken(url)).toEqual({ token, location });
});

it("finds no token where there is none", () => {
  expect(withoutToken("/")).toBeUndefined();
  expect(withoutToken("/?tokens=1")).toBeUndefined();
});

it("has an HTTP status and a close code for every error code", () => {
  for (const code of Object.keys(errorCodes) as (keyof typeof errorCodes)[]) {
    expect(httpStatus[code]).toBeGreaterThanOrEqual(400);
    expect(closeCode(code)).toBeGreaterThanOrEqual(1001);
  }
  expect([closeCode("shutting_down"), closeCode("too_many"), closeCode("engine_failed")]).toEqual([1001, 1013, 1011]);
});

it("lets a stream set every analysis setting, and only those", () => {
  expect(Object.keys(analysisOverrideSchema.shape)).toEqual(Object.keys(analysisSchema.shape));
  expect(analysisOverrideSchema.parse({})).toEqual({});
  expect(analysisOverrideSchema.parse({ blur: {} })).toEqual({ blur: {} });
});

it("merges settings deeply", () => {
  const base = analysisSchema.parse({ maxFps: 10, blur: { sigma: 3 } });
  expect(mergeAnalysis(base, undefined)).toEqual(base);
  const merged = mergeAnalysis(base, { episodes: { onsetAt: 0.7 }, baseline: { mode: "first" } });
  expect(merged).toEqual({ ...base, episodes: { ...base.episodes, onsetAt: 0.7 }, baseline: { ...base.baseline, mode: "first" } });
  // Each fits by itself, with what the server has it does not.
  expect(() => mergeAnalysis(base, { episodes: { offsetBelow: 0.9 } })).toThrow(expect.objectContaining({ code: "invalid_request", issues: [{ path: "settings.episodes", message: "expected offsetBelow to be at most onsetAt" }] }));
  expect(mergeAnalysis(base, { maxSide: 320, blur: { enabled: false } })).toEqual({ ...base, maxSide: 320, blur: { enabled: false, sigma: 3 } });
});
