// The first message of a pushing client, and how large its frames may be.

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../../src/core/config.js";
import { AppError } from "../../../../src/core/errors.js";
import { largestMessage, parsePushConfig } from "../../../../src/server/push/config-message.js";

const good = { type: "config", v: 1, format: "jpeg", width: 640, height: 480, mode: "latest" };
const parse = (over: object = {}) => parsePushConfig(JSON.stringify({ ...good, ...over }));

const limits = (maxFrameBytes: number, maxPixels = 1_000_000) => parseConfig({ push: { maxFrameBytes }, ingest: { maxPixels } });

describe("parsePushConfig", () => {
  it("reads the least and the most", () => {
    expect(parse()).toEqual(good);
    const most = { streamId: "desk", name: "Desk", settings: { maxSide: 320, blur: { enabled: false }, smoothingMs: 0 } };
    expect(parse(most)).toEqual({ ...good, ...most });
  });

  it.each(["width", "height"])("takes a %s of 16 to 8192", (side) => {
    for (const value of [16, 8192]) expect(parse({ [side]: value })).toHaveProperty(side, value);
    for (const value of [15, 8193, 0, -1, 16.5, "640", null]) {
      expect(() => parse({ [side]: value })).toThrow(expect.objectContaining({ code: "invalid_request", issues: [expect.objectContaining({ path: side })] }));
    }
  });

  it("answers any text with a config or `invalid_request`, nothing else", () => {
    const near = fc.record({ type: fc.constant("config"), v: fc.constantFrom(1, 2), format: fc.anything(), width: fc.anything(), height: fc.anything(), mode: fc.anything(), settings: fc.anything() });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), near.map((value) => JSON.stringify(value))), (text) => {
        try {
          expect(parsePushConfig(text).type).toBe("config");
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect((error as AppError).code).toBe("invalid_request");
        }
      }),
    );
  });
});

describe("largestMessage", () => {
  it("is the header and the pixels for raw frames, which must fit the limit exactly", () => {
    const raw = { format: "raw", width: 100, height: 50 } as const;
    expect(largestMessage(raw, limits(15_000))).toBe(20 + 15_000);
    expect(() => largestMessage(raw, limits(14_999))).toThrow(expect.objectContaining({ code: "payload_too_large" }));
  });

  it("leaves encoded frames room for metadata, up to the limit", () => {
    const jpeg = { format: "jpeg", width: 100, height: 50 } as const;
    expect(largestMessage(jpeg, limits(1_000_000))).toBe(20 + 15_000 + 65_536);
    expect(largestMessage(jpeg, limits(20_000))).toBe(20 + 20_000);
  });

  it("refuses more pixels than are decoded at all", () => {
    const jpeg = { format: "jpeg", width: 100, height: 50 } as const;
    expect(largestMessage(jpeg, limits(20_000, 5000))).toBe(20 + 20_000);
    expect(() => largestMessage(jpeg, limits(20_000, 4999))).toThrow(expect.objectContaining({ code: "picture_too_large" }));
  });
});
