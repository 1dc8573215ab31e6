// Time that goes on by itself, for films that cannot be played: their boxes and curves can.

/** A clock that runs from where it is put. */
export class OwnClock {
  /** Times as fast. */
  rate = 1;
  #onTime;
  #request = 0;

  /** @param {(timeMs: number) => void} onTime with each frame of the screen */
  constructor(onTime) {
    this.#onTime = onTime;
  }

  get running() {
    return this.#request !== 0;
  }

  /** @param {number} fromMs */
  start(fromMs) {
    this.stop();
    let timeMs = fromMs;
    let lastMs = performance.now();
    const tick = (/** @type {number} */ nowMs) => {
      timeMs += Math.max(0, nowMs - lastMs) * this.rate;
      lastMs = nowMs;
      this.#request = requestAnimationFrame(tick);
      this.#onTime(timeMs);
    };
    this.#request = requestAnimationFrame(tick);
  }

  stop() {
    cancelAnimationFrame(this.#request);
    this.#request = 0;
  }
}
