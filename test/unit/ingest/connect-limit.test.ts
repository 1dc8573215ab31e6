import { describe, expect, it } from "vitest";
import type { SourceEnd, SourceOptions } from "../../../src/core/source.js";
import { limitConnecting } from "../../../src/ingest/index.js";
import { FakeSources, settle } from "../pipeline/fakes.js";

const observer = { onInfo() {}, onDecoded() {}, onFrame() {}, onDropped() {}, onStalled() {} };

function setUp(maxConnecting: number) {
  const sources = new FakeSources();
  const openSource = limitConnecting(sources.open, maxConnecting);
  const ends: Record<string, SourceEnd> = {};
  const open = (url: string) => {
    const source = openSource({ url, poolFrames: 4, firstSeq: 7, epoch: 2 } as SourceOptions, observer);
    void source.closed.then((end) => (ends[url] = end));
    return source;
  };
  const opened = () => sources.runs.map((run) => run.options.url);
  return { sources, open, opened, ends };
}

describe("limitConnecting", () => {
  it("opens so many at a time, the others in the order in which they came", async () => {
    const { sources, open, opened } = setUp(2);
    for (const url of ["a", "b", "c", "d"]) open(url);
    expect(opened()).toEqual(["a", "b"]);
    sources.runs[1]!.finish("failed");
    await settle();
    expect(opened()).toEqual(["a", "b", "c"]);
    sources.runs[0]!.frame();
    expect(opened()).toEqual(["a", "b", "c", "d"]);
  });

  it("gives a place back once: a source that has given pictures and ends frees nothing more", async () => {
    const { sources, open, opened, ends } = setUp(1);
    const first = open("a");
    for (const url of ["b", "c"]) open(url);
    sources.runs[0]!.frame();
    sources.runs[0]!.frame();
    expect(opened()).toEqual(["a", "b"]);
    first.close();
    await expect.poll(() => ends["a"]?.reason).toBe("closed");
    expect(opened()).toEqual(["a", "b"]);
  });

  it("one that is closed before its turn ends as closed, is never opened and leaves the line", async () => {
    const { sources, open, opened, ends } = setUp(1);
    open("a");
    const second = open("b");
    open("c");
    expect(second.pool).toEqual({ free: 4, size: 4 });
    second.close();
    second.close();
    await expect.poll(() => ends["b"]).toEqual({ reason: "closed", nextSeq: 7, epoch: 2, warnings: [] });
    sources.runs[0]!.finish("failed");
    await expect.poll(opened).toEqual(["a", "c"]);
  });

  it("closing a source that is open closes it and lets the next one in", async () => {
    const { sources, open, opened } = setUp(1);
    const first = open("a");
    open("b");
    first.close();
    expect(sources.runs[0]!.closeCalls).toBe(1);
    await expect.poll(opened).toEqual(["a", "b"]);
  });
});
