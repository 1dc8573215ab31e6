// The header of pushed frames at its boundaries. `test/unit/client/push-frame.test.ts` holds the writers against this reader.

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../../../../src/core/errors.js";
import { checkCaptureTime, decodeFrame, frameHeaderBytes } from "../../../../src/server/push/frame-header.js";

/** A message of a good header and three bytes of picture, changed by `change`. */
function message(change: (view: DataView) => void = () => undefined): Uint8Array {
  const bytes = new Uint8Array(frameHeaderBytes + 3);
  bytes.set([7, 8, 9], frameHeaderBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 1);
  view.setUint8(1, 1);
  view.setFloat64(4, 184);
  view.setFloat64(12, 1_700_000_000_000.25);
  change(view);
  return bytes;
}

describe("decodeFrame", () => {
  it("reads id, time and picture, also from within a larger buffer", () => {
    const good = message();
    expect(decodeFrame(good)).toEqual({ frameId: 184, capturedAtMs: 1_700_000_000_000.25, data: new Uint8Array([7, 8, 9]) });
    const around = new Uint8Array(good.length + 10);
    around.set(good, 5);
    expect(decodeFrame(around.subarray(5, 5 + good.length))).toEqual(decodeFrame(good));
  });

  it("reads an empty picture behind a whole header, and refuses every shorter message", () => {
    const good = message();
    expect(decodeFrame(good.subarray(0, 20)).data).toEqual(new Uint8Array(0));
    for (let length = 0; length < 20; length++) expect(() => decodeFrame(good.subarray(0, length))).toThrow(expect.objectContaining({ code: "invalid_request" }));
  });

  it.each([0, 1, Number.MAX_SAFE_INTEGER])("takes the id %s", (id) => {
    expect(decodeFrame(message((view) => view.setFloat64(4, id))).frameId).toBe(id);
  });

  it.each([-0, -1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])("refuses the id %s", (id) => {
    expect(() => decodeFrame(message((view) => view.setFloat64(4, id)))).toThrow("frame id");
  });

  it.each([
    ["version 0", (view: DataView) => view.setUint8(0, 0)],
    ["version 2", (view: DataView) => view.setUint8(0, 2)],
    ["kind 0", (view: DataView) => view.setUint8(1, 0)],
    ["kind 2", (view: DataView) => view.setUint8(1, 2)],
    ["something in bytes 2 and 3", (view: DataView) => view.setUint16(2, 1)],
  ])("refuses %s", (_what, change) => {
    expect(() => decodeFrame(message(change))).toThrow(expect.objectContaining({ code: "invalid_request" }));
  });

  it("answers any bytes with a frame or an AppError, nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          expect(decodeFrame(bytes).data.length).toBe(bytes.length - frameHeaderBytes);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
    );
  });
});

describe("checkCaptureTime", () => {
  it.each([0, 0.5, 253_402_300_799_999])("takes %s, which has an ISO form", (ms) => {
    checkCaptureTime(ms);
    expect(new Date(ms).toISOString()).toMatch(/^\d{4}-/);
  });

  it.each([-0.001, 253_402_300_800_000, Number.NaN, Number.NEGATIVE_INFINITY])("refuses %s", (ms) => {
    expect(() => checkCaptureTime(ms)).toThrow(expect.objectContaining({ code: "invalid_request" }));
  });
});
