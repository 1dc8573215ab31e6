// The operator of files: every frame, in order, several at a time.

import type { ObservableInput, OperatorFunction } from "rxjs";
import { orderedMap } from "./ordered-map.js";

export interface LosslessMapOptions<T, R> {
  /** Gets items that `project` never saw because of an unsubscribe or an error. */
  readonly onDrop?: (item: T) => void;
  /** Gets results that could not leave because of an unsubscribe or an error. */
  readonly onDiscard?: (result: R) => void;
}

/**
 * Maps every item, at most `concurrency` of them at a time; results leave in the order of the items.
 * Items that wait are kept without limit: the source bounds them (a frame pool that makes the decoder wait).
 */
export function losslessMap<T, R>(
  project: (item: T) => ObservableInput<R>,
  concurrency: number,
  options: LosslessMapOptions<T, R> = {},
): OperatorFunction<T, R> {
  const { onDrop, onDiscard } = options;
  return orderedMap({ project, concurrency, maxWaiting: Number.POSITIVE_INFINITY, onDrop: (item) => onDrop?.(item), onDiscard });
}
