// A marble scheduler that compares with Vitest.

import { TestScheduler } from "rxjs/testing";
import { expect } from "vitest";

/** For `run(({ hot, cold, expectObservable }) => …)`; checks all expectations at its end. */
export function marbles(): TestScheduler {
  return new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
}
