// Between a socket that delivers and a loop that reads: bounded, the newest win.

/** An async iterator that is fed from outside. */
export class MessageBuffer<T> implements AsyncIterableIterator<T> {
  readonly #maxMessages: number;
  readonly #onReturn: () => void;
  readonly #waiting: T[] = [];
  #sleepers: (() => void)[] = [];
  #over = false;
  #error: unknown;
  #dropped = 0;

  /** `onReturn` is called once when the reader leaves or the end is reached. */
  constructor(maxMessages: number, onReturn: () => void) {
    this.#maxMessages = maxMessages;
    this.#onReturn = onReturn;
  }

  /** Messages left out because the reader was too slow. */
  get dropped(): number {
    return this.#dropped;
  }

  push(message: T): void {
    if (this.#over) return;
    this.#waiting.push(message);
    if (this.#waiting.length > this.#maxMessages) {
      this.#waiting.shift();
      this.#dropped++;
    }
    this.#wake();
  }

  /** No more messages; those that wait are still read, then the iteration ends, with the error if there is one. */
  end(error?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#error = error;
    this.#onReturn();
    this.#wake();
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    while (this.#waiting.length === 0 && !this.#over) {
      await new Promise<void>((resolve) => this.#sleepers.push(resolve));
    }
    const value = this.#waiting.shift();
    if (value !== undefined) return { done: false, value };
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) throw error;
    return { done: true, value: undefined };
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#waiting.length = 0;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Wakes all who wait; those for whom there is nothing lie down again. */
  #wake(): void {
    const sleepers = this.#sleepers;
    this.#sleepers = [];
    for (const wake of sleepers) wake();
  }
}
