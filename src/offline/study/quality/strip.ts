// A film in at most so many equal stretches of time, however long it is: when there are too many, each two become one.

import { emotionNames } from "../../../core/emotions.js";
import type { FrameRecord } from "../../formats/types.js";

const maxBins = 64;
const firstBinMs = 125;

interface Bin {
  frames: number;
  withFace: number;
  faces: number;
  readonly emotions: number[];
}

/** One stretch: what share of its frames has a face, and the mean of each emotion over its faces (absent without any). */
export interface StripBin {
  readonly face: number;
  readonly emotions?: number[];
}

export class Strip {
  #binMs = firstBinMs;
  #bins: Bin[] = [];

  /** Frames come in the order of time. */
  add({ timeMs, faces }: FrameRecord): void {
    let index = Math.max(0, Math.floor(timeMs / this.#binMs));
    while (index >= maxBins) {
      this.#halve();
      index = Math.max(0, Math.floor(timeMs / this.#binMs));
    }
    while (this.#bins.length <= index) this.#bins.push(emptyBin());
    const bin = this.#bins[index]!;
    bin.frames += 1;
    bin.withFace += faces.length > 0 ? 1 : 0;
    bin.faces += faces.length;
    for (const face of faces) for (const [i, name] of emotionNames.entries()) bin.emotions[i]! += face.emotions[name];
  }

  /** Length of a stretch, milliseconds, and all stretches from time 0 on. Those without a frame (few frames a second) look like the one before. */
  result(): { readonly binMs: number; readonly bins: StripBin[] } {
    const bins: StripBin[] = [];
    for (const { frames, withFace, faces, emotions } of this.#bins) {
      if (frames === 0) bins.push(bins.at(-1) ?? { face: 0 });
      else bins.push({ face: round(withFace / frames), ...(faces > 0 && { emotions: emotions.map((sum) => round(sum / faces)) }) });
    }
    return { binMs: this.#binMs, bins };
  }

  #halve(): void {
    const old = this.#bins;
    this.#binMs *= 2;
    this.#bins = Array.from({ length: Math.ceil(old.length / 2) }, (_, i) => merged(old[2 * i]!, old[2 * i + 1] ?? emptyBin()));
  }
}

function emptyBin(): Bin {
  return { frames: 0, withFace: 0, faces: 0, emotions: emotionNames.map(() => 0) };
}

function merged(a: Bin, b: Bin): Bin {
  return { frames: a.frames + b.frames, withFace: a.withFace + b.withFace, faces: a.faces + b.faces, emotions: a.emotions.map((sum, i) => sum + b.emotions[i]!) };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
