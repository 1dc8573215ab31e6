// How good what the model gets is: size and sharpness of the faces, and how often it is not sure; over the last minute, one sum a second.

/** @import {Face} from "../src/core/feed.ts" */

const seconds = 60;

/** @typedef {{ second: number, frames: number, faces: number, uncertain: number, size: number, sharpness: number, sharp: number }} Bucket */

/**
 * @typedef {object} Quality
 * @property {number} frames of the last minute
 * @property {number} faces a frame
 * @property {number | undefined} uncertainShare of faces, 0 to 1; undefined without a face
 * @property {number | undefined} faceSize mean of the shorter sides of their boxes, pixels of the source picture
 * @property {number | undefined} sharpness mean; undefined where nobody measures it
 */

/** Sums of the last minute. */
export class QualityMeter {
  /** @type {Bucket[]} */
  #buckets = [];

  /**
   * @param {readonly Pick<Face, "box" | "uncertain" | "sharpness">[]} faces of one frame
   * @param {number} nowMs
   */
  add(faces, nowMs) {
    const second = Math.floor(nowMs / 1000);
    let bucket = this.#buckets.at(-1);
    if (bucket?.second !== second) {
      bucket = { second, frames: 0, faces: 0, uncertain: 0, size: 0, sharpness: 0, sharp: 0 };
      this.#buckets.push(bucket);
      this.#forget(second);
    }
    bucket.frames++;
    for (const { box, uncertain, sharpness } of faces) {
      bucket.faces++;
      bucket.uncertain += uncertain ? 1 : 0;
      bucket.size += Math.min(box.width, box.height);
      if (sharpness === undefined) continue;
      bucket.sharpness += sharpness;
      bucket.sharp++;
    }
  }

  /**
   * @param {number} nowMs
   * @returns {Quality}
   */
  read(nowMs) {
    this.#forget(Math.floor(nowMs / 1000));
    /** @param {"frames" | "faces" | "uncertain" | "size" | "sharpness" | "sharp"} key */
    const sum = (key) => this.#buckets.reduce((total, bucket) => total + bucket[key], 0);
    const [frames, faces, sharp] = [sum("frames"), sum("faces"), sum("sharp")];
    return {
      frames,
      faces: frames === 0 ? 0 : faces / frames,
      uncertainShare: faces === 0 ? undefined : sum("uncertain") / faces,
      faceSize: faces === 0 ? undefined : sum("size") / faces,
      sharpness: sharp === 0 ? undefined : sum("sharpness") / sharp,
    };
  }

  /** Seconds that are held. */
  get size() {
    return this.#buckets.length;
  }

  /** @param {number} second the present one */
  #forget(second) {
    while (this.#buckets[0] && this.#buckets[0].second <= second - seconds) this.#buckets.shift();
  }
}
