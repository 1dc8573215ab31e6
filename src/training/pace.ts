// How fast a run goes.

/** Pictures a second over the last hundred steps or so. */
export class Pace {
  #pictures = 0;
  #seconds = 0;

  add(pictures: number, seconds: number): void {
    this.#pictures = this.#pictures * 0.99 + pictures;
    this.#seconds = this.#seconds * 0.99 + seconds;
  }

  get perSecond(): number {
    return this.#seconds === 0 ? 0 : this.#pictures / this.#seconds;
  }
}
