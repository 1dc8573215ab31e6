// latestMap by marbles: values, times, subscriptions, and what becomes of every item.

import { Subject, type Observable } from "rxjs";
import type { RunHelpers } from "rxjs/testing";
import { expect, test } from "vitest";
import { latestMap, type LatestMapOptions } from "../../../src/pipeline/index.js";
import { marbles } from "./marbles.js";

/** The operator over a project that plays a marble per item (`x` is the result), and a record of every item's fate. */
function recorded({ cold }: Pick<RunHelpers, "cold">, answers: string | Record<string, string>, options: LatestMapOptions<string> = {}) {
  const seen: string[] = [];
  const left: string[] = [];
  const inners: Record<string, ReturnType<typeof cold<string>>> = {};
  const project = (item: string): Observable<string> => {
    seen.push(item);
    const marble = typeof answers === "string" ? answers : answers[item]!;
    return (inners[item] = cold(marble, { x: item.toUpperCase() }));
  };
  const operator = latestMap(project, (item, why) => left.push(`${item} ${why}`), { onDiscard: (result) => left.push(`${result} discarded`), ...options });
  return { operator, seen, left, inners };
}

test("maps every item of a source that is slower", () => {
  marbles().run((m) => {
    const r = recorded(m, "--(x|)");
    const source = m.hot("        a---b---c---|");
    m.expectObservable(source.pipe(r.operator)).toBe("--A---B---C-|");
    m.expectSubscriptions(source.subscriptions).toBe("^-----------!");
    m.flush();
    expect(r).toMatchObject({ seen: ["a", "b", "c"], left: [] });
  });
});

test("takes the newest item of a source that is faster; the end waits for it", () => {
  marbles().run((m) => {
    const r = recorded(m, "----(x|)");
    const source = m.hot("        abcdef|");
    m.expectObservable(source.pipe(r.operator)).toBe("----A---E---(F|)");
    m.expectSubscriptions(source.subscriptions).toBe("^-----!");
    m.flush();
    expect(r).toMatchObject({ seen: ["a", "e", "f"], left: ["b superseded", "c superseded", "d superseded"] });
  });
});

test("begins the next item only after the result before it is out", () => {
  const items$ = new Subject<string>();
  const first$ = new Subject<string>();
  const events: string[] = [];
  items$
    .pipe(
      latestMap(
        (item) => {
          events.push(`begin ${item}`);
          return item === "a" ? first$ : [item];
        },
        () => undefined,
      ),
    )
    .subscribe((result) => events.push(`out ${result}`));
  items$.next("a");
  items$.next("b");
  first$.next("a");
  first$.complete();
  expect(events).toEqual(["begin a", "out a", "begin b", "out b"]);
});

test("an unsubscribe ends the items in work and gives the one that waits back", () => {
  marbles().run((m) => {
    const r = recorded(m, "-----(x|)");
    const source = m.hot("                 abc---------");
    const until = "                        ----!       ";
    m.expectObservable(source.pipe(r.operator), until).toBe("------------");
    m.expectSubscriptions(source.subscriptions).toBe("^---!");
    m.flush();
    m.expectSubscriptions(r.inners["a"]!.subscriptions).toBe("^---!");
    expect(r).toMatchObject({ seen: ["a"], left: ["b superseded", "c stopped"] });
  });
});

test("an error of the source comes after the items before it", () => {
  marbles().run((m) => {
    const r = recorded(m, "----(x|)");
    const source = m.hot("        abc#");
    m.expectObservable(source.pipe(r.operator)).toBe("----A---(C#)");
    m.expectSubscriptions(source.subscriptions).toBe("^--!");
    m.flush();
    expect(r.left).toEqual(["b superseded"]);
  });
});

test("an error of the project ends everything and gives the item that waits back", () => {
  marbles().run((m) => {
    const r = recorded(m, { a: "---#", c: "x" });
    const source = m.hot("        abc------d");
    m.expectObservable(source.pipe(r.operator)).toBe("---#");
    m.expectSubscriptions(source.subscriptions).toBe("^--!");
    m.flush();
    expect(r).toMatchObject({ seen: ["a"], left: ["b superseded", "c stopped"] });
  });
});

test("a project that throws is an error of the project", () => {
  marbles().run((m) => {
    const left: string[] = [];
    const operator = latestMap<string, string>(
      () => {
        throw new Error("no");
      },
      (item, why) => left.push(`${item} ${why}`),
    );
    m.expectObservable(m.hot("--a-b").pipe(operator)).toBe("--#", {}, new Error("no"));
    m.flush();
    expect(left).toEqual([]);
  });
});

test("items without a result make room", () => {
  marbles().run((m) => {
    const r = recorded(m, { a: "--|", b: "--(x|)" });
    m.expectObservable(m.hot("ab|").pipe(r.operator)).toBe("----(B|)");
  });
});

test("two at a time keep the order of the items", () => {
  marbles().run((m) => {
    const r = recorded(m, { a: "-----(x|)", b: "-(x|)", d: "-----(x|)" }, { concurrency: 2 });
    // b is ready at 2 and keeps its place until a is out at 5; c waits meanwhile, and d supersedes it.
    const source = m.hot("        abcd----|");
    m.expectObservable(source.pipe(r.operator)).toBe("-----(AB)-(D|)");
    m.flush();
    expect(r).toMatchObject({ seen: ["a", "b", "d"], left: ["c superseded"] });
  });
});

test("two at a time: an error waits for the results before it, and nothing begins after it", () => {
  marbles().run((m) => {
    const r = recorded(m, { a: "-----(x|)", b: "-#" }, { concurrency: 2 });
    const source = m.hot("        abcd----|");
    m.expectObservable(source.pipe(r.operator)).toBe("-----(A#)");
    m.expectSubscriptions(source.subscriptions).toBe("^----!");
    m.flush();
    expect(r).toMatchObject({ seen: ["a", "b"], left: ["d stopped", "c stopped"] });
  });
});

test("two at a time: an unsubscribe discards results that wait for their turn", () => {
  marbles().run((m) => {
    const r = recorded(m, { a: "-----(x|)", b: "-(x|)" }, { concurrency: 2 });
    m.expectObservable(m.hot("ab--").pipe(r.operator), "----!").toBe("----");
    m.flush();
    expect(r).toMatchObject({ seen: ["a", "b"], left: ["B discarded"] });
  });
});

test("two at a time: an error discards the results after it", () => {
  marbles().run((m) => {
    const r = recorded(m, { a: "-----#", b: "-(x|)" }, { concurrency: 2 });
    m.expectObservable(m.hot("ab--").pipe(r.operator)).toBe("-----#");
    m.flush();
    expect(r.left).toEqual(["B discarded"]);
  });
});

test("an unsubscribe from within a result leaves nothing behind", () => {
  const left: string[] = [];
  const items$ = new Subject<string>();
  const first$ = new Subject<string>();
  const subscription = items$
    .pipe(
      latestMap(
        (item) => (item === "a" ? first$ : [item]),
        (item, why) => left.push(`${item} ${why}`),
      ),
    )
    .subscribe(() => subscription.unsubscribe());
  items$.next("a");
  items$.next("b");
  first$.next("a");
  expect(left).toEqual(["b stopped"]);
  expect(first$.observed || items$.observed).toBe(false);
});
