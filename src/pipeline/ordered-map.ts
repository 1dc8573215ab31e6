// What latestMap and losslessMap share: a map with a bounded number of items in work, whose results leave in the order of
// the items. RxJS has mergeMap (no order), concatMap (one at a time) and exhaustMap (drops the newest); none of them
// tells which items it left out, and an item here is a frame that somebody must release.

import { from, Observable, Subscription, type ObservableInput, type OperatorFunction } from "rxjs";

/** Why an item was never given to `project`. */
export type LeftOut = "superseded" | "stopped";

export interface OrderedMapOptions<T, R> {
  /** Takes over the item and answers with results. Once called, the item is its business, also after an unsubscribe. */
  readonly project: (item: T) => ObservableInput<R>;
  /** Most items between the call of `project` and the last of their results leaving. */
  readonly concurrency: number;
  /** Most items that wait for a place; one more pushes the oldest out as `superseded`. */
  readonly maxWaiting: number;
  /** An item that `project` never saw. */
  readonly onDrop: (item: T, why: LeftOut) => void;
  /** A result that was there and could not leave: an unsubscribe or an earlier error came first. */
  readonly onDiscard?: ((result: R) => void) | undefined;
}

/** One item in work. */
interface Slot<R> {
  readonly results: R[];
  done: boolean;
  failure?: { readonly error: unknown };
  subscription?: Subscription;
}

/**
 * Maps items in order, some at a time. An end or error of the source waits until the items before it are through;
 * an error of `project` comes after the results of earlier items, and no further item is begun.
 */
export function orderedMap<T, R>(options: OrderedMapOptions<T, R>): OperatorFunction<T, R> {
  const { project, concurrency, maxWaiting, onDrop, onDiscard } = options;
  return (source) =>
    new Observable<R>((subscriber) => {
      const slots: Slot<R>[] = [];
      const waiting: T[] = [];
      let finish: (() => void) | undefined;
      let failing = false;
      let advancing = false;
      let closed = false;

      // The only place that emits and begins; loops instead of recursing, because results may come synchronously.
      const advance = (): void => {
        if (advancing) return;
        advancing = true;
        for (;;) {
          if (closed) break;
          const head = slots[0];
          if (head !== undefined && head.results.length > 0) subscriber.next(head.results.shift()!);
          else if (head?.failure !== undefined) subscriber.error(head.failure.error);
          else if (head?.done === true) slots.shift();
          else if (waiting.length > 0 && slots.length < concurrency && !failing) begin(waiting.shift()!);
          else if (finish !== undefined && slots.length === 0 && waiting.length === 0) finish();
          else break;
        }
        advancing = false;
      };

      const begin = (item: T): void => {
        const slot: Slot<R> = { results: [], done: false };
        slots.push(slot);
        const fail = (error: unknown): void => {
          slot.failure = { error };
          failing = true;
          advance();
        };
        try {
          slot.subscription = from(project(item)).subscribe({
            next: (result) => {
              slot.results.push(result);
              advance();
            },
            error: fail,
            complete: () => {
              slot.done = true;
              advance();
            },
          });
        } catch (error) {
          fail(error);
        }
        // A project that makes its own consumer unsubscribe synchronously got its subscription too late for the teardown.
        if (closed) slot.subscription?.unsubscribe();
      };

      // The source goes first: an item that is given back may make room for it to send another.
      const upstream = new Subscription();
      subscriber.add(upstream);
      subscriber.add(() => {
        closed = true;
        for (const slot of slots.splice(0)) {
          slot.subscription?.unsubscribe();
          for (const result of slot.results.splice(0)) onDiscard?.(result);
        }
        for (const item of waiting.splice(0)) onDrop(item, "stopped");
      });
      upstream.add(
        source.subscribe({
          next: (item) => {
            if (closed || failing) {
              onDrop(item, "stopped");
              return;
            }
            waiting.push(item);
            advance();
            while (waiting.length > maxWaiting) onDrop(waiting.shift()!, "superseded");
          },
          error: (error: unknown) => {
            finish = () => subscriber.error(error);
            advance();
          },
          complete: () => {
            finish = () => subscriber.complete();
            advance();
          },
        }),
      );
    });
}
