import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyToShared } from "../../../src/ingest/shared-copy.js";

describe("copies into shared memory", () => {
  it("are the same bytes wherever source and target begin, and leave what lies about them", () => {
    fc.assert(fc.property(fc.nat(17), fc.nat(17), fc.constantFrom(0, 1, 7, 8, 9, 1000, 65_535, 65_536, 65_537, 150_001), (from, at, length) => {
      const source = Uint8Array.from({ length: from + length }, (_, i) => (i * 31 + (i >> 8)) % 251).subarray(from);
      const target = new Uint8Array(new SharedArrayBuffer(at + length + 5)).fill(255);
      copyToShared(target, at, source);
      expect(Buffer.compare(Buffer.from(target.slice(at, at + length)), Buffer.from(source))).toBe(0);
      expect([...target.slice(0, at), ...target.slice(at + length)].every((v) => v === 255)).toBe(true);
    }));
  });

  it("do not run over the end", () => {
    expect(() => copyToShared(new Uint8Array(new SharedArrayBuffer(8)), 3, new Uint8Array(6))).toThrow(RangeError);
    expect(() => copyToShared(new Uint8Array(new SharedArrayBuffer(8)), 8, new Uint8Array(8))).toThrow(RangeError);
  });
});
