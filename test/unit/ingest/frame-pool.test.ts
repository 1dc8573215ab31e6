import { describe, expect, it } from "vitest";
import { AppError } from "../../../src/core/errors.js";
import { FramePool } from "../../../src/ingest/frame-pool.js";

function pool(size: number): FramePool {
  const made = new FramePool(size);
  made.allocate(12, 0);
  return made;
}

describe("FramePool", () => {
  it("lends so many buffers and no more", () => {
    const p = pool(2);
    expect([p.free, p.size]).toEqual([2, 2]);
    const [a, b] = [p.acquire()!, p.acquire()!];
    expect(a.picture).not.toBe(b.picture);
    expect(p.acquire()).toBeUndefined();
    expect(p.free).toBe(0);
    a.release();
    expect(p.free).toBe(1);
    expect(p.acquire()!.picture).toBe(a.picture);
  });

  it("keeps pixels in shared memory, whole and without padding", () => {
    const p = new FramePool(1);
    p.allocate(30, 120);
    const buffer = p.acquire()!;
    expect(buffer.picture.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(buffer.picture).toHaveLength(30);
    expect(buffer.large).toHaveLength(120);
  });

  it("refuses a second release, also after the buffer was lent again", () => {
    const p = pool(1);
    const first = p.acquire()!;
    first.release();
    expect(() => first.release()).toThrow(AppError);
    const second = p.acquire()!;
    expect(() => first.release()).toThrow(AppError);
    expect(p.free).toBe(0);
    second.release();
    expect(p.free).toBe(1);
  });

  it("tells each release", () => {
    const p = pool(1);
    const free: number[] = [];
    p.onRelease = () => free.push(p.free);
    p.acquire()!.release();
    p.acquire()!.release();
    expect(free).toEqual([1, 1]);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses a size of %s", (size) => {
    expect(() => new FramePool(size)).toThrow(/whole number/);
  });

  it("takes its sizes once", () => {
    expect(() => pool(1).allocate(1, 1)).toThrow(AppError);
  });
});
