// What the engine is asked about each frame. `every-frame`: where are faces? `tracked`: that in key frames only; in between, which faces
// of the frame before are still there, and everywhere again only where one is lost. A key frame depends on nothing before it.

import type { AnalysisSettings } from "../core/config.js";
import { detectSettings } from "../core/detect-settings.js";
import { detectionOf, type CallCost, type DetectedFace, type Engine, type EngineInput } from "../core/engine.js";
import { AppError } from "../core/errors.js";
import type { Frame } from "../core/frame.js";
import { KeyFrames } from "./key-frames.js";

type Faces = readonly DetectedFace[];

/**
 * Finds the faces of a frame, in pixels of its `picture`, largest first. Called once for each frame, in seq order, without waiting for
 * the answer to the last call. `isWanted` turns false when nobody waits for the answer any more: then the engine need not be asked.
 */
export type FindFaces = (frame: Frame, isWanted: () => boolean) => Promise<Faces>;

export interface FindFacesOptions {
  /** How often a failing engine is asked. Default 1. */
  readonly tries?: number;
  /** Told what each question took of the engine. */
  readonly onCost?: (cost: CallCost) => void;
}

/** Finds faces as the settings say. */
export function createFindFaces(engine: Engine, analysis: AnalysisSettings, { tries = 1, onCost }: FindFacesOptions = {}): FindFaces {
  const question = (input: EngineInput): Promise<Faces> => ask(engine, input, tries, onCost);
  const everywhere = (frame: Frame): Promise<Faces> => question(engineInput(frame, analysis));
  if (detectionOf(analysis, engine.info) === "every-frame") return everywhere;

  const keys = new KeyFrames();
  /** Of the last frame; undefined where they are not known, because the engine failed. */
  let last: Promise<Faces | undefined> = Promise.resolve(undefined);
  return (frame, isWanted) => {
    const before = keys.next(frame) ? Promise.resolve(undefined) : last;
    const answer = (async () => {
      const known = await before;
      if (!isWanted()) return [];
      if (known === undefined) return everywhere(frame);
      const followed = known.length === 0 ? [] : await question({ ...engineInput(frame, analysis), hints: known.map(({ box }) => box) });
      return followed.length === known.length ? followed : everywhere(frame);
    })();
    last = answer.catch(() => undefined);
    return answer;
  };
}

function engineInput(frame: Frame, analysis: AnalysisSettings): EngineInput {
  const detect = detectSettings(analysis, frame.picture);
  return {
    picture: frame.picture,
    ...(frame.large === undefined ? {} : { large: frame.large }),
    ...(detect === undefined ? {} : { detect }),
    blurSigma: analysis.blur.enabled ? analysis.blur.sigma : 0,
  };
}

async function ask(engine: Engine, input: EngineInput, tries: number, onCost: FindFacesOptions["onCost"]): Promise<Faces> {
  try {
    const found = (await engine.analyze([input], onCost))[0];
    if (found === undefined) throw new AppError("engine_failed", "Expected one list of faces for one picture, received none.");
    return found;
  } catch (error) {
    if (tries > 1) return ask(engine, input, tries - 1, onCost);
    throw error;
  }
}
