// Brings the picture and the result of a frame together by their seq, in whatever order they arrive, and keeps only the newest complete pair.
// This is what makes the overlay frame-exact: nothing is drawn that is not a pair. Pure: knows neither canvas nor socket.

const maxWaitingPictures = 8;
const maxWaitingResults = 256;

/**
 * @template Picture
 * @template Result
 * @typedef {{ readonly seq: number, readonly picture: Picture, readonly result: Result }} FramePair
 */

/**
 * Owns every picture it is given until it hands it out with `take` or gives it to `release`.
 * @template Picture
 * @template Result
 */
export class FramePairing {
  /** @type {(picture: Picture) => void} */
  #release;
  /** @type {Map<number, Picture>} */
  #pictures = new Map();
  /** @type {Map<number, Result>} */
  #results = new Map();
  /** @type {FramePair<Picture, Result> | undefined} */
  #ready;
  /** Everything up to here is drawn or given up. */
  #doneSeq = -1;

  /** @param {(picture: Picture) => void} release called once for each picture that will not be drawn */
  constructor(release) {
    this.#release = release;
  }

  /**
   * Takes the result of a frame.
   * @param {number} seq
   * @param {Result} result
   */
  addResult(seq, result) {
    if (seq <= this.#doneSeq) return;
    this.#results.set(seq, result);
    if (this.#results.size > maxWaitingResults) this.#results.delete(Math.min(...this.#results.keys()));
    this.#join(seq);
  }

  /**
   * Takes the decoded picture of a frame.
   * @param {number} seq
   * @param {Picture} picture
   */
  addPicture(seq, picture) {
    if (seq <= this.#doneSeq || this.#pictures.has(seq)) {
      this.#release(picture);
      return;
    }
    this.#pictures.set(seq, picture);
    if (this.#pictures.size > maxWaitingPictures) this.#drop(Math.min(...this.#pictures.keys()));
    this.#join(seq);
  }

  /** True when a pair newer than the last one taken waits. */
  get ready() {
    return this.#ready !== undefined;
  }

  /**
   * The newest complete pair, once; the caller owns its picture from then on.
   * @returns {FramePair<Picture, Result> | undefined}
   */
  take() {
    const pair = this.#ready;
    this.#ready = undefined;
    return pair;
  }

  /** Forgets everything, for a stream whose seq starts anew. */
  reset() {
    if (this.#ready) this.#release(this.#ready.picture);
    this.#ready = undefined;
    for (const picture of this.#pictures.values()) this.#release(picture);
    this.#pictures.clear();
    this.#results.clear();
    this.#doneSeq = -1;
  }

  /** @param {number} seq */
  #join(seq) {
    const picture = this.#pictures.get(seq);
    const result = this.#results.get(seq);
    if (picture === undefined || result === undefined) return;
    if (this.#ready) this.#release(this.#ready.picture);
    this.#pictures.delete(seq);
    this.#ready = { seq, picture, result };
    this.#doneSeq = seq;
    for (const older of this.#results.keys()) if (older <= seq) this.#results.delete(older);
    for (const older of this.#pictures.keys()) if (older < seq) this.#drop(older);
  }

  /** @param {number} seq */
  #drop(seq) {
    const picture = this.#pictures.get(seq);
    this.#pictures.delete(seq);
    if (picture !== undefined) this.#release(picture);
  }
}
