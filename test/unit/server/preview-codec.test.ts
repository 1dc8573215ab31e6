import * as fc from "fast-check";
import { expect, it } from "vitest";
import { decodePreview } from "../../../src/client/preview.js";
import { encodePreview } from "../../../src/server/preview-codec.js";
import { decodePreview as decodeInViewer } from "../../../web/preview-codec.js";

it("writes the documented layout", () => {
  const bytes = encodePreview({ streamId: "ab", seq: 258, ptsMs: 1.5, jpeg: new Uint8Array([9, 8]) });
  const hex = Buffer.from(bytes).toString("hex");
  expect(hex).toBe(["01", "01", "0002", "4070200000000000", "3ff8000000000000", "6162", "0908"].join(""));
});

it("reads what it wrote, in the client and in the viewer, wherever the bytes lie", () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,63}$/),
      fc.maxSafeNat(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.uint8Array({ maxLength: 100 }),
      fc.nat(9),
      (streamId, seq, ptsMs, jpeg, offset) => {
        const bytes = encodePreview({ streamId, seq, ptsMs, jpeg });
        const shifted = new Uint8Array(bytes.length + offset);
        shifted.set(bytes, offset);
        const expected = { streamId, seq, ptsMs, jpeg };
        expect(decodePreview(shifted.subarray(offset))).toEqual({ type: "preview", ...expected });
        expect(decodeInViewer(bytes.buffer as ArrayBuffer)).toEqual(expected);
      },
    ),
  );
});

it("gives undefined for cut messages and for versions and kinds of tomorrow", () => {
  const bytes = encodePreview({ streamId: "lobby", seq: 1, ptsMs: 2, jpeg: new Uint8Array() });
  for (let length = 0; length < bytes.length; length++) expect(decodePreview(bytes.subarray(0, length))).toBeUndefined();
  expect(decodePreview(bytes)).toBeDefined();
  for (const at of [0, 1]) {
    const other = bytes.slice();
    other[at] = 2;
    expect(decodePreview(other)).toBeUndefined();
  }
});
