// losslessMap by marbles: order, bound, backlog, and what becomes of items that were never begun.

import { Subject, type Observable } from "rxjs";
import type { RunHelpers } from "rxjs/testing";
import { expect, test } from "vitest";
import { losslessMap } from "../../../src/pipeline/index.js";
import { marbles } from "./marbles.js";

function recorded({ cold }: Pick<RunHelpers, "cold">, answers: string | Record<string, string>, concurrency: number) {
  const seen: string[] = [];
  const left: string[] = [];
  const inners: Record<string, ReturnType<typeof cold<string>>> = {};
  const project = (item: string): Observable<string> => {
    seen.push(item);
    const marble = typeof answers === "string" ? answers : answers[item]!;
    return (inners[item] = cold(marble, { x: item.toUpperCase() }));
  };
  const operator = losslessMap(project, concurrency, { onDrop: (item) => left.push(`${item} never begun`), onDiscard: (result) => left.push(`${result} discarded`) });
  return { operator, seen, left, inners };
}

test("keeps every item and the order, one at a time", () => {
  marbles().run((m) => {
    const r = recorded(m, "---(x|)", 1);
    const source = m.hot("        abc|");
    m.expectObservable(source.pipe(r.operator)).toBe("---A--B--(C|)");
    m.expectSubscriptions(source.subscriptions).toBe("^--!");
    m.flush();
    m.expectSubscriptions(r.inners["b"]!.subscriptions).toBe("---^--!");
    expect(r).toMatchObject({ seen: ["a", "b", "c"], left: [] });
  });
});

test("works on as many as allowed and no more", () => {
  marbles().run((m) => {
    const r = recorded(m, { a: "------(x|)", b: "-(x|)", c: "------(x|)" }, 2);
    m.expectObservable(m.hot("abc|").pipe(r.operator)).toBe("------(AB)--(C|)");
  });
});

test("an error of the source comes after every item before it", () => {
  marbles().run((m) => {
    const r = recorded(m, "----(x|)", 2);
    m.expectObservable(m.hot("abc#").pipe(r.operator)).toBe("----AB--(C#)");
    m.flush();
    expect(r).toMatchObject({ seen: ["a", "b", "c"], left: [] });
  });
});

test("an error of the project comes after the results before it; later items are given back", () => {
  marbles().run((m) => {
    const r = recorded(m, { a: "------(x|)", b: "-#", c: "-(x|)" }, 3);
    const source = m.hot("        abcd---e");
    m.expectObservable(source.pipe(r.operator)).toBe("------(A#)");
    m.expectSubscriptions(source.subscriptions).toBe("^-----!");
    m.flush();
    // c had been begun at the moment in which b failed.
    expect(r).toMatchObject({ seen: ["a", "b", "c"], left: ["d never begun", "C discarded"] });
  });
});

test("nothing is begun after an error, even where a place gets free before it is told", () => {
  marbles().run((m) => {
    const r = recorded(m, { a: "----(x|)", b: "-------(x|)", c: "-#" }, 3);
    m.expectObservable(m.hot("abcd----").pipe(r.operator)).toBe("----A---(B#)");
    m.flush();
    expect(r).toMatchObject({ seen: ["a", "b", "c"], left: ["d never begun"] });
  });
});

test("an unsubscribe ends what is in work, discards what is ready and gives the backlog back", () => {
  marbles().run((m) => {
    const r = recorded(m, { a: "-------(x|)", b: "-(x|)" }, 2);
    const source = m.hot("                 abcd---");
    m.expectObservable(source.pipe(r.operator), "-----!").toBe("------");
    m.expectSubscriptions(source.subscriptions).toBe("^----!");
    m.flush();
    m.expectSubscriptions(r.inners["a"]!.subscriptions).toBe("^----!");
    expect(r.left).toEqual(["B discarded", "c never begun", "d never begun"]);
  });
});

test("results with several values keep together", () => {
  marbles().run((m) => {
    const r = recorded(m, { a: "x--(x|)", b: "-x------x|" }, 2);
    m.expectObservable(m.hot("ab|").pipe(r.operator)).toBe("A--(AB)--B|");
  });
});

test("a long backlog of synchronous results does not nest", () => {
  const first$ = new Subject<number>();
  const items$ = new Subject<number>();
  const got: number[] = [];
  items$.pipe(losslessMap((n) => (n === 0 ? first$ : [n]), 1)).subscribe((n) => got.push(n));
  for (let n = 0; n < 10_000; n++) items$.next(n);
  first$.next(0);
  first$.complete();
  expect(got).toEqual(Array.from({ length: 10_000 }, (_, n) => n));
});
