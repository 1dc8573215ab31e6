// Decodes JPEGs to bitmaps off the main thread, a few at a time. When they come faster than they decode, the newest waits and older ones go.

const maxAtOnce = 2;

/** Decodes for one stream. Answers may come out of order; whoever takes them orders by seq. */
export class PictureDecoder {
  /** @type {(seq: number, bitmap: ImageBitmap) => void} */
  #onPicture;
  #running = 0;
  /** @type {{ seq: number, jpeg: Uint8Array<ArrayBuffer> } | undefined} */
  #waiting;
  /** Rises with `reset`: answers from before are closed. */
  #generation = 0;

  /** @param {(seq: number, bitmap: ImageBitmap) => void} onPicture takes ownership of the bitmap */
  constructor(onPicture) {
    this.#onPicture = onPicture;
  }

  /**
   * Takes the bytes of a picture.
   * @param {number} seq
   * @param {Uint8Array<ArrayBuffer>} jpeg
   */
  push(seq, jpeg) {
    this.#waiting = { seq, jpeg };
    this.#next();
  }

  /** Lets go of what waits and of what is being decoded. */
  reset() {
    this.#waiting = undefined;
    this.#generation++;
  }

  #next() {
    const job = this.#waiting;
    if (job === undefined || this.#running >= maxAtOnce) return;
    this.#waiting = undefined;
    this.#running++;
    void this.#decode(job.seq, job.jpeg, this.#generation).finally(() => {
      this.#running--;
      this.#next();
    });
  }

  /**
   * @param {number} seq
   * @param {Uint8Array<ArrayBuffer>} jpeg
   * @param {number} generation
   */
  async #decode(seq, jpeg, generation) {
    /** @type {ImageBitmap} */
    let bitmap;
    try {
      bitmap = await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" }));
    } catch {
      // A damaged picture costs this one frame; the next one brings its own.
      return;
    }
    if (generation === this.#generation) this.#onPicture(seq, bitmap);
    else bitmap.close();
  }
}
