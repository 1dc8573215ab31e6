// The cascade (Zhang et al. 2016, figure 1): pyramid, P-Net, R-Net, O-Net, each followed by non-maximum suppression.

import type { Box } from "../../core/geometry.js";
import type { AnyPicture } from "../../core/frame.js";
// oxlint-disable-next-line no-restricted-imports -- cutting boxes at the picture's edges is the same for all detectors
import { clampBox } from "../faces.js";
import { candidates, type Room } from "./candidates.js";
import { followByONet } from "./follow.js";
import { nms, surest, type ScoredBox } from "./nms.js";
import { facesByONet, type ScoredFace } from "./o-net.js";
import type { PNet } from "./p-net.js";
import { Pixels } from "./pixels.js";
import type { PyramidSettings } from "./pyramid.js";
import { refineByRNet } from "./r-net.js";
import { lookAgain, type FirstFace } from "./second-look.js";
import type { WindowNet } from "./window-net.js";

export interface CascadeNets {
  readonly pnet: PNet;
  readonly rnet: WindowNet;
  readonly onet: WindowNet;
}

export interface CascadeSettings extends PyramidSettings {
  /** Least score of P-, R- and O-Net, 0 to 1. */
  readonly scoreThresholds: readonly [number, number, number];
  /** Largest overlaps within a level, between levels, after R-Net, and (of the smaller area) after O-Net. */
  readonly nmsThresholds: readonly [number, number, number, number];
  /** Sizes of O-Net's second look at each face, in sides of the square about it; absent: none. */
  readonly secondLook?: readonly number[] | undefined;
  /** Least score of the first look for a second one, where that is lower than O-Net's: of all looks together that holds. */
  readonly lookAgainFrom?: number | undefined;
  /** Most faces that the caller can use; bounds how many candidates reach R- and O-Net. */
  readonly maxFaces: number;
}

/** Candidates that reach R-Net and O-Net: some for each face that may be kept, and enough for hard pictures with few. */
const roomFor = (maxFaces: number): { readonly rnet: Room; readonly onet: Room } => ({
  rnet: { surest: 600 + 6 * maxFaces, largest: 120 + maxFaces },
  onet: { surest: 100 + 3 * maxFaces, largest: 20 + maxFaces },
});

/** Time spent in each part since the cascade was made, milliseconds. */
export interface StageTimes {
  pyramid: number;
  pnet: number;
  rnet: number;
  onet: number;
}

/** Finds faces; one picture at a time. */
export class Cascade {
  readonly times: StageTimes = { pyramid: 0, pnet: 0, rnet: 0, onet: 0 };
  readonly #nets: CascadeNets;
  readonly #pixels = new Pixels();

  constructor(nets: CascadeNets) {
    this.#nets = nets;
  }

  /** Faces with boxes and points in pixels of the picture, surest first, looked for in the part of each of `areas` that lies in the picture. @throws AppError `engine_failed` */
  async detect(picture: AnyPicture, settings: CascadeSettings, areas: readonly Box[] = [{ x: 0, y: 0, width: picture.width, height: picture.height }]): Promise<ScoredFace[]> {
    const { scoreThresholds, nmsThresholds } = settings;
    const room = roomFor(settings.maxFaces);
    const pixels = this.#pixels;
    this.#timed("pyramid", () => pixels.load(picture));
    const proposed = await this.#timedAsync("pnet", async () => {
      const found: ScoredBox[] = [];
      for (const area of areas) for (const box of await this.#nets.pnet.propose(pixels, clampBox(area, picture.width, picture.height), { ...settings, scoreThreshold: scoreThresholds[0], nmsThreshold: nmsThresholds[0] })) found.push(box);
      return candidates(found, nmsThresholds[1], room.rnet);
    });
    const refined = await this.#timedAsync("rnet", async () => candidates(await refineByRNet(this.#nets.rnet, pixels, proposed, scoreThresholds[1]), nmsThresholds[2], room.onet));
    return this.#finish(settings, (threshold) => facesByONet(this.#nets.onet, pixels, refined, threshold));
  }

  /** Those of the faces in `boxes` (the nets' own, of the frame before) that are still there, each once, surest first. @throws AppError `engine_failed` */
  async follow(picture: AnyPicture, settings: CascadeSettings, boxes: readonly Box[]): Promise<ScoredFace[]> {
    const pixels = this.#pixels;
    this.#timed("pyramid", () => pixels.load(picture));
    return this.#finish(settings, (threshold) => followByONet(this.#nets.onet, pixels, boxes, threshold, settings.secondLook !== undefined));
  }

  /** O-Net's faces, each once, looked at again. */
  #finish({ nmsThresholds, scoreThresholds: [, , threshold], secondLook, lookAgainFrom = threshold }: CascadeSettings, find: (threshold: number) => Promise<FirstFace[]>): Promise<ScoredFace[]> {
    return this.#timedAsync("onet", async () => {
      const first = nms(await find(secondLook === undefined ? threshold : Math.min(threshold, lookAgainFrom)), nmsThresholds[3], Infinity, "min");
      if (secondLook === undefined) return first;
      const seen = await lookAgain(this.#nets.onet, this.#pixels, first, secondLook);
      return surest(seen.filter(({ score }) => score >= threshold), Infinity);
    });
  }

  #timed<T>(part: keyof StageTimes, run: () => T): T {
    const started = performance.now();
    const result = run();
    this.times[part] += performance.now() - started;
    return result;
  }

  async #timedAsync<T>(part: keyof StageTimes, run: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await run();
    this.times[part] += performance.now() - started;
    return result;
  }
}
