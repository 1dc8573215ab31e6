// expect.poll with the patience that a loaded machine needs.

import { expect } from "vitest";

/** Asks again and again until the expectation holds. */
export function eventually<T>(actual: () => T): ReturnType<typeof expect.poll<T>> {
  return expect.poll(actual, { timeout: 15_000, interval: 20 });
}
