// Which part of a film a chart shows. Pure: zoom keeps the time under the pointer in its place, and nothing leaves the film.

/** Narrowest view. Milliseconds. */
const narrowestMs = 500;

/** A part of a film. */
export class TimeWindow {
  #durationMs;
  #fromMs = 0;
  #spanMs;

  /** @param {number} durationMs */
  constructor(durationMs) {
    this.#durationMs = Math.max(1, durationMs);
    this.#spanMs = this.#durationMs;
  }

  get fromMs() {
    return this.#fromMs;
  }

  get toMs() {
    return this.#fromMs + this.#spanMs;
  }

  get spanMs() {
    return this.#spanMs;
  }

  get isWhole() {
    return this.#spanMs === this.#durationMs;
  }

  /** @param {number} factor above 1 shows less @param {number} atMs stays where it is */
  zoom(factor, atMs) {
    const share = (atMs - this.#fromMs) / this.#spanMs;
    this.#spanMs = Math.min(this.#durationMs, Math.max(Math.min(narrowestMs, this.#durationMs), this.#spanMs / factor));
    this.moveTo(atMs - share * this.#spanMs);
  }

  /** @param {number} fromMs */
  moveTo(fromMs) {
    this.#fromMs = Math.min(Math.max(0, fromMs), this.#durationMs - this.#spanMs);
  }

  /** Shows everything. */
  whole() {
    this.#spanMs = this.#durationMs;
    this.#fromMs = 0;
  }

  /** Turns the page when a time has left the view. @param {number} timeMs */
  keepInView(timeMs) {
    if (timeMs >= this.#fromMs && timeMs <= this.toMs) return;
    this.moveTo(timeMs - this.#spanMs * 0.08);
  }
}
