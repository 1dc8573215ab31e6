// The viewer's reader against the server's writer.

import { describe, expect, test } from "vitest";
import { encodePreview } from "../../../src/server/preview-codec.js";
import { decodePreview } from "../../../web/preview-codec.js";

const jpeg = Uint8Array.from([0xff, 0xd8, 1, 2, 3, 0xff, 0xd9]);
const encoded = (fields: Partial<Parameters<typeof encodePreview>[0]> = {}): ArrayBuffer => {
  const bytes = encodePreview({ streamId: "front-door_2", seq: 184, ptsMs: 7360.25, jpeg, ...fields });
  return Uint8Array.from(bytes).buffer;
};

describe("decodePreview", () => {
  test.each([
    ["an ordinary message", {}],
    ["the first frame", { seq: 0, ptsMs: 0 }],
    ["a seq past 32 bits", { seq: 2 ** 40 + 3 }],
    ["a negative pts", { ptsMs: -33.367 }],
    ["the longest id", { streamId: "a".repeat(64) }],
    ["an empty picture", { jpeg: new Uint8Array() }],
  ])("reads back %s", (_, fields) => {
    expect(decodePreview(encoded(fields))).toEqual({ streamId: "front-door_2", seq: 184, ptsMs: 7360.25, jpeg, ...fields });
  });

  test("leaves out versions and kinds it does not know", () => {
    for (const at of [0, 1]) {
      const message = encoded();
      new DataView(message).setUint8(at, 2);
      expect(decodePreview(message)).toBeUndefined();
    }
  });

  test("leaves out messages that break off within the header, at every length", () => {
    const message = encoded();
    const header = message.byteLength - jpeg.length;
    for (let length = 0; length < header; length++) expect(decodePreview(message.slice(0, length))).toBeUndefined();
    expect(decodePreview(message.slice(0, header))?.jpeg).toHaveLength(0);
  });
});
