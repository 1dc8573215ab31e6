// The figures of a stream's status over its last seconds: results a second and their median latency.

const windowMs = 5000;

/** Remembers results of the last five seconds. Times are milliseconds of one monotonic clock. */
export class SlidingWindow {
  readonly #results: { readonly atMs: number; readonly latencyMs: number }[] = [];

  add(atMs: number, latencyMs: number): void {
    this.#results.push({ atMs, latencyMs });
    this.#prune(atMs);
  }

  /** Results a second; 0 with fewer than two in the window. */
  fps(nowMs: number): number {
    this.#prune(nowMs);
    const first = this.#results[0];
    const intervals = this.#results.length - 1;
    if (first === undefined || intervals < 1 || nowMs <= first.atMs) return 0;
    return (intervals * 1000) / (nowMs - first.atMs);
  }

  /** Median latency in milliseconds; undefined without results in the window. */
  medianLatencyMs(nowMs: number): number | undefined {
    this.#prune(nowMs);
    const sorted = this.#results.map((r) => r.latencyMs).toSorted((a, b) => a - b);
    const upper = sorted[Math.floor(sorted.length / 2)];
    const lower = sorted[Math.ceil(sorted.length / 2) - 1];
    return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
  }

  clear(): void {
    this.#results.length = 0;
  }

  #prune(nowMs: number): void {
    let old = 0;
    while (old < this.#results.length && this.#results[old]!.atMs < nowMs - windowMs) old += 1;
    if (old > 0) this.#results.splice(0, old);
  }
}
