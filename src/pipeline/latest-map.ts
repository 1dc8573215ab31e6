// The operator of live sources: the newest frame wins.

import type { ObservableInput, OperatorFunction } from "rxjs";
import { orderedMap, type LeftOut } from "./ordered-map.js";

export interface LatestMapOptions<R> {
  /** Items in work at a time. Default 1. Results keep the order of the items. */
  readonly concurrency?: number;
  /** Gets results that could not leave because of an unsubscribe or an error. */
  readonly onDiscard?: (result: R) => void;
}

/**
 * Maps the newest item whenever a place is free. While all places are taken one item waits; a newer one supersedes it.
 * `onDrop` gets every item that `project` never saw; `project` owns those it saw.
 */
export function latestMap<T, R>(
  project: (item: T) => ObservableInput<R>,
  onDrop: (item: T, why: LeftOut) => void,
  options: LatestMapOptions<R> = {},
): OperatorFunction<T, R> {
  return orderedMap({ project, onDrop, onDiscard: options.onDiscard, concurrency: options.concurrency ?? 1, maxWaiting: 1 });
}
