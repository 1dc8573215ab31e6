// How much a client may send: so many frames without an answer, each with an id larger than the one before. Pure.

import { AppError } from "../../core/errors.js";

/** The window of one client. */
export class CreditWindow {
  readonly credits: number;
  readonly #open = new Set<number>();
  #lastId = -1;

  constructor(credits: number) {
    this.credits = credits;
  }

  /** Frames without an answer, oldest first. */
  get unanswered(): readonly number[] {
    return [...this.#open];
  }

  /**
   * Takes a frame's id. Also a frame that is refused uses its id up, so that no answer has two meanings.
   * @throws AppError `frame_id_repeated`, `no_credit`
   */
  take(frameId: number): void {
    if (frameId <= this.#lastId) throw new AppError("frame_id_repeated", `Expected a frame id above ${this.#lastId}, received ${frameId}.`);
    this.#lastId = frameId;
    if (this.#open.size >= this.credits) throw new AppError("no_credit", `Expected at most ${this.credits} frames without an answer; frame ${frameId} is one more. Wait for answers.`);
    this.#open.add(frameId);
  }

  /** The frame was answered. False: it was not open. */
  answered(frameId: number): boolean {
    return this.#open.delete(frameId);
  }
}
