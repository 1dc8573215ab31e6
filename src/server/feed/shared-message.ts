// A message that many clients get: serialised once, when the first one needs it.

/** Bytes made on first use and shared by all who send them. */
export class SharedMessage {
  readonly binary: boolean;
  #make: (() => Uint8Array) | undefined;
  #bytes: Uint8Array | undefined;

  private constructor(binary: boolean, make: () => Uint8Array) {
    this.binary = binary;
    this.#make = make;
  }

  /** A text message with this value as JSON. The value must not change any more. */
  static json(value: object): SharedMessage {
    return new SharedMessage(false, () => Buffer.from(JSON.stringify(value)));
  }

  /** A binary message. */
  static binary(make: () => Uint8Array): SharedMessage {
    return new SharedMessage(true, make);
  }

  /** Never changed after it was made. */
  get bytes(): Uint8Array {
    if (this.#bytes === undefined) {
      this.#bytes = this.#make?.() ?? new Uint8Array();
      this.#make = undefined;
    }
    return this.#bytes;
  }
}
