// Frames a second and median latency over the last seconds, as this browser sees them.

const windowMs = 3000;

/** A shorter time says nothing yet: what waited in the network arrives all at once. */
const leastMs = 1000;

/** Counts arrivals of one stream. */
export class RateMeter {
  /** @type {{ atMs: number, latencyMs: number | undefined }[]} */
  #arrivals = [];

  /**
   * Notes one result.
   * @param {number} nowMs
   * @param {number | undefined} latencyMs
   */
  add(nowMs, latencyMs) {
    this.#arrivals.push({ atMs: nowMs, latencyMs });
    this.#forget(nowMs);
  }

  /**
   * Frames a second; 0 while nothing comes, and in the first second.
   * @param {number} nowMs
   */
  fps(nowMs) {
    this.#forget(nowMs);
    const first = this.#arrivals[0];
    const last = this.#arrivals.at(-1);
    if (first === undefined || last === undefined || last.atMs - first.atMs < leastMs) return 0;
    return ((this.#arrivals.length - 1) * 1000) / (last.atMs - first.atMs);
  }

  /** Median latency in milliseconds; undefined where the source gives none. */
  latencyMs() {
    const known = this.#arrivals.flatMap((a) => (a.latencyMs === undefined ? [] : [a.latencyMs])).toSorted((a, b) => a - b);
    return known[Math.floor(known.length / 2)];
  }

  /** @param {number} nowMs */
  #forget(nowMs) {
    while (this.#arrivals[0] !== undefined && this.#arrivals[0].atMs < nowMs - windowMs) this.#arrivals.shift();
  }
}
