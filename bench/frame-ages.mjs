// How old results are when a client has them: pictures carry the number of their frame in the clip, cameras tell when they sent the clip's beginning.
import { decodePreview } from "../dist/client/index.js";
import { until } from "../scripts/chaos/support/wait.mjs";
import { readNumber } from "./clip.mjs";
import { median } from "./report.mjs";

/** Pictures whose numbers are read for each camera. */
const pictures = 5;

/** The results of some cameras. */
export class FrameAges {
  #fps;
  #cameras = new Map();
  #measuring = false;
  #results = [];

  constructor(fps) {
    this.#fps = fps;
  }

  follow(id, camera) {
    this.#cameras.set(id, { camera, offsets: [], reading: 0 });
  }

  /** A message of the feed. */
  take(data, isBinary) {
    const nowMs = performance.timeOrigin + performance.now();
    if (isBinary) {
      void this.#align(decodePreview(data));
      return;
    }
    const message = JSON.parse(String(data));
    if (message.type === "frame" && this.#measuring) this.#results.push({ id: message.streamId, ptsMs: message.ptsMs, nowMs, faces: message.faces.length });
  }

  /** Resolves when it is known of each camera which time of its stream is which time of the clip. */
  aligned() {
    return until("numbers in the pictures of all cameras", () => [...this.#cameras.values()].every(({ offsets, camera }) => offsets.length >= pictures && camera.zeroMs() !== undefined));
  }

  begin() {
    this.#results = [];
    this.#measuring = true;
  }

  end() {
    this.#measuring = false;
    const agesMs = [];
    for (const { id, ptsMs, nowMs } of this.#results) {
      const { camera, offsets } = this.#cameras.get(id);
      if (offsets.length > 0) agesMs.push(nowMs - (camera.zeroMs() + ptsMs + median(offsets)));
    }
    return { agesMs, results: this.#results.length, faces: this.#results.reduce((sum, { faces }) => sum + faces, 0) };
  }

  async #align(preview) {
    const known = this.#cameras.get(preview?.streamId);
    if (known === undefined || known.reading >= pictures) return;
    known.reading += 1;
    known.offsets.push((1000 * (await readNumber(preview.jpeg))) / this.#fps - preview.ptsMs);
  }
}
