// Waiting for what a socket receives.

/** Asks again after every message until a function gives something. */
export class Waiting {
  readonly #checks = new Set<() => void>();
  readonly #describe: () => string;

  /** @param describe What there was instead, for the error of a wait in vain. */
  constructor(describe: () => string) {
    this.#describe = describe;
  }

  /** A message arrived. */
  check(): void {
    for (const check of this.#checks) check();
  }

  until<V>(found: () => V | undefined): Promise<V> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const value = found();
        if (value === undefined) return;
        this.#checks.delete(check);
        clearTimeout(timer);
        resolve(value);
      };
      const timer = setTimeout(() => {
        this.#checks.delete(check);
        reject(new Error(`waited in vain; received ${this.#describe()}`));
      }, 20_000);
      this.#checks.add(check);
      check();
    });
  }
}
