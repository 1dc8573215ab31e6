// Who gets how much of an engine that cannot do everything: max-min fairness. Pure.

/** What one stream asks for. */
export interface Demand {
  /** Frames a second that it would have analysed. */
  readonly fps: number;
  /** Time of a worker that one of them takes, milliseconds. */
  readonly costMs: number;
}

/**
 * The highest frame rate L for which the streams, each at its own rate but at most at L, fit into a budget: nobody can get more without taking it
 * from somebody who has no more himself, and what a slow stream leaves over goes to the others. Infinity where everything fits.
 * @param budgetMs Milliseconds of work in a second.
 */
export function fairLevel(demands: readonly Demand[], budgetMs: number): number {
  const asking = demands.filter(({ fps, costMs }) => fps > 0 && costMs > 0).toSorted((a, b) => a.fps - b.fps);
  let left = Math.max(0, budgetMs);
  // What one frame a second more would cost, for all streams that are not yet served in full.
  let step = asking.reduce((sum, { costMs }) => sum + costMs, 0);
  for (const { fps, costMs } of asking) {
    if (fps * step > left) return left / step;
    left -= fps * costMs;
    step -= costMs;
  }
  return Number.POSITIVE_INFINITY;
}
