// Quantiles of a stream of numbers in memory that does not grow with it: counts by bins of one width.

/** Beyond this many bins values count as the last. */
const maxBins = 16_384;

export class Histogram {
  readonly #width: number;
  readonly #counts: number[] = [];
  #total = 0;

  /** @param width Of a bin: quantiles are right to half of it. */
  constructor(width: number) {
    this.#width = width;
  }

  /** Adds a value of 0 or more. */
  add(value: number): void {
    const bin = Math.min(maxBins - 1, Math.max(0, Math.round(value / this.#width)));
    while (this.#counts.length <= bin) this.#counts.push(0);
    this.#counts[bin]! += 1;
    this.#total += 1;
  }

  /** The smallest value that at least this share of all values does not exceed; undefined without any. */
  quantile(share: number): number | undefined {
    if (this.#total === 0) return undefined;
    let seen = 0;
    const bin = this.#counts.findIndex((count) => (seen += count) >= share * this.#total && seen > 0);
    return Number((bin * this.#width).toPrecision(12));
  }
}
