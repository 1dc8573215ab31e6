// Faces between two results: boxes glide to where they were found last, new faces appear and lost ones fade. Pure: told the time.

/** @import {Face, FrameMessage} from "../../src/core/feed.ts" */

/**
 * A face as it is to be drawn at one moment; box and points as shares of the picture.
 * @typedef {object} MovingFace
 * @property {Face} face
 * @property {number} trackId
 * @property {{ x: number, y: number, width: number, height: number }} box
 * @property {readonly { x: number, y: number }[]} points
 * @property {number} opacity
 */

/** @typedef {{ face: Face, target: number[], now: number[], opacity: number, present: boolean }} Track */

/** Closer than this, as a share of the picture, is there. */
const close = 0.0002;

/** The faces of one stream, by track. */
export class FaceMotion {
  #smoothMs;
  #fadeMs;
  /** @type {Map<number, Track>} */
  #tracks = new Map();
  #atMs = 0;

  /** @param {{ smooth: number, fade: number }} times in which a box covers two thirds of its way, and a face fades; milliseconds */
  constructor({ smooth, fade }) {
    this.#smoothMs = smooth;
    this.#fadeMs = fade;
  }

  /**
   * Takes a result.
   * @param {Pick<FrameMessage, "width" | "height" | "faces">} result
   * @param {number} nowMs
   */
  update({ width, height, faces }, nowMs) {
    this.#advance(nowMs);
    for (const track of this.#tracks.values()) track.present = false;
    for (const face of faces) {
      const { box } = face;
      const target = [box.x / width, box.y / height, box.width / width, box.height / height, ...face.landmarks.flatMap(([x, y]) => [x / width, y / height])];
      const known = this.#tracks.get(face.trackId);
      if (known) Object.assign(known, { face, target, present: true });
      else this.#tracks.set(face.trackId, { face, target, now: [...target], opacity: 0, present: true });
    }
  }

  /**
   * Nothing is known of the stream any more: every face fades.
   * @param {number} nowMs
   */
  clear(nowMs) {
    this.update({ width: 1, height: 1, faces: [] }, nowMs);
  }

  /**
   * What to draw now, largest first, and whether that will change by itself.
   * @param {number} nowMs
   * @returns {{ faces: MovingFace[], moving: boolean }}
   */
  at(nowMs) {
    this.#advance(nowMs);
    const tracks = [...this.#tracks];
    const moving = tracks.some(([, t]) => t.opacity !== (t.present ? 1 : 0) || t.now.some((value, i) => value !== t.target[i]));
    const faces = tracks.map(([trackId, { face, now, opacity }]) => {
      const [x = 0, y = 0, width = 0, height = 0, ...rest] = now;
      const points = face.landmarks.map((_, i) => ({ x: rest[2 * i] ?? 0, y: rest[2 * i + 1] ?? 0 }));
      return { face, trackId, box: { x, y, width, height }, points, opacity };
    });
    return { faces: faces.toSorted((a, b) => b.box.width * b.box.height - a.box.width * a.box.height || a.trackId - b.trackId), moving };
  }

  /** @param {number} nowMs */
  #advance(nowMs) {
    const passedMs = Math.max(0, nowMs - this.#atMs);
    this.#atMs = nowMs;
    const share = this.#smoothMs === 0 ? 1 : 1 - Math.exp(-passedMs / this.#smoothMs);
    const step = this.#fadeMs === 0 ? 1 : passedMs / this.#fadeMs;
    for (const [trackId, track] of this.#tracks) {
      track.now = track.now.map((value, i) => {
        const target = track.target[i] ?? value;
        const next = value + (target - value) * share;
        return Math.abs(target - next) < close ? target : next;
      });
      track.opacity = Math.max(0, Math.min(1, track.opacity + (track.present ? step : -step)));
      if (!track.present && track.opacity === 0) this.#tracks.delete(trackId);
    }
  }
}
