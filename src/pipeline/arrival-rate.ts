// How many frames a second come, from when they came. Pure.

const windowMs = 3000;
/** A pause of so many usual intervals is no jitter any more: the rate sinks while it lasts. */
const patience = 2.5;

/** Rate of arrivals over the last three seconds, from the intervals between them, so that it does not hang on where the window begins. */
export class ArrivalRate {
  readonly #times: number[] = [];

  add(nowMs: number): void {
    this.#times.push(nowMs);
    this.#prune(nowMs);
  }

  /** Arrivals a second; 0 before the second one, and when none came for the whole window. */
  fps(nowMs: number): number {
    this.#prune(nowMs);
    const intervals = this.#times.length - 1;
    if (intervals < 1) return 0;
    const [first, last] = [this.#times[0]!, this.#times[intervals]!];
    if (last <= first) return 0;
    const usualMs = (last - first) / intervals;
    return 1000 / (nowMs - last > patience * usualMs ? (nowMs - first) / intervals : usualMs);
  }

  #prune(nowMs: number): void {
    // Two are kept, so that a stream of one frame in five seconds has a rate too.
    let old = 0;
    while (this.#times.length - old > 2 && this.#times[old]! < nowMs - windowMs) old += 1;
    if (old > 0) this.#times.splice(0, old);
    if (this.#times.length > 0 && this.#times.at(-1)! < nowMs - 4 * windowMs) this.#times.length = 0;
  }
}
