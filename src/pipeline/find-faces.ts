// What the engine is asked about each frame. `every-frame`: where are faces? `tracked`: that in key frames only; in between, which faces
// of the frame before are still there, and everywhere again only where one is lost. A key frame depends on nothing before it. Where faces are not classified
// in every frame, they are found first, and those that are due classified in a second question.

import type { AnalysisSettings } from "../core/config.js";
import { detectSettings } from "../core/detect-settings.js";
import { detectionOf, emotionsEveryMsOf, type CallCost, type DetectedFace, type Engine, type EngineInput } from "../core/engine.js";
import { AppError, toAppError, type ErrorCode } from "../core/errors.js";
import type { Frame } from "../core/frame.js";
import { EmotionCadence } from "./emotion-cadence.js";
import { isDrawable } from "./scale.js";
import { KeyFrames } from "./key-frames.js";
import type { StillPictures } from "./still-pictures.js";

type Faces = readonly DetectedFace[];

/** Asking again would cost a further worker, or its whole patience. */
const triedEnough: ReadonlySet<ErrorCode> = new Set(["poisonous", "worker_hung"]);

/**
 * Finds the faces of a frame, in pixels of its `picture`, largest first. Called once for each frame, in seq order, without waiting for
 * the answer to the last call. `isWanted` turns false when nobody waits for the answer any more: then the engine need not be asked.
 */
export type FindFaces = (frame: Frame, isWanted: () => boolean) => Promise<Faces>;

export interface FindFacesOptions {
  /** How often a failing engine is asked. Default 1. */
  readonly tries?: number;
  /** See TrackClock. Default `break`. */
  readonly acrossEpochs?: "wall-clock" | "break";
  /** Where given: the frames that it finds still are not looked at. */
  readonly stills?: StillPictures;
  /** Told what each question took of the engine. */
  readonly onCost?: (cost: CallCost) => void;
}

/** Finds faces as the settings say. */
export function createFindFaces(engine: Engine, analysis: AnalysisSettings, { tries = 1, acrossEpochs = "break", stills, onCost }: FindFacesOptions = {}): FindFaces {
  const question = (input: EngineInput): Promise<Faces> => ask(engine, input, tries, onCost);
  const everyMs = emotionsEveryMsOf(analysis, engine.info);
  const inputOf = (frame: Frame): EngineInput => engineInput(frame, analysis);
  const detection = detectionOf(analysis, engine.info);
  const find = (input: (frame: Frame) => EngineInput): FindFaces => {
    const look: FindFaces = detection === "tracked" ? following(question, input) : (frame) => question(input(frame));
    return stills?.skip(look) ?? look;
  };
  if (everyMs === 0) return find(inputOf);
  const cadence = new EmotionCadence({ everyMs, trackGapMs: analysis.trackGapMs, acrossEpochs });
  return classifyingSometimes(
    find((frame) => ({ ...inputOf(frame), classify: false })),
    (frame, known) => question({ ...inputOf(frame), known }),
    cadence,
  );
}

/** Everywhere in key frames; in between where faces were in the frame before. */
function following(question: (input: EngineInput) => Promise<Faces>, inputOf: (frame: Frame) => EngineInput): FindFaces {
  const everywhere = (frame: Frame): Promise<Faces> => question(inputOf(frame));
  const keys = new KeyFrames();
  /** Of the last frame; undefined where they are not known, because the engine failed. */
  let last: Promise<Faces | undefined> = Promise.resolve(undefined);
  return (frame, isWanted) => {
    const before = keys.next(frame) ? Promise.resolve(undefined) : last;
    const answer = (async () => {
      const known = await before;
      if (!isWanted()) return [];
      if (known === undefined) return everywhere(frame);
      const followed = known.length === 0 ? [] : await question({ ...inputOf(frame), hints: known.map(({ box }) => box) });
      return followed.length === known.length ? followed : everywhere(frame);
    })();
    last = answer.catch(() => undefined);
    return answer;
  };
}

/**
 * Finds faces, and classifies those that are due. Which these are hangs on the frames before, in their order; the work itself does not: frames are looked at, and
 * faces classified, side by side.
 */
function classifyingSometimes(find: FindFaces, classify: (frame: Frame, faces: Faces) => Promise<Faces>, cadence: EmotionCadence): FindFaces {
  let decidedBefore: Promise<unknown> = Promise.resolve();
  return (frame, isWanted) => {
    const found = find(frame, isWanted);
    const decision = (async () => {
      // Waits also where this frame fails: the next one must not be decided on before the one before.
      const [, now] = await Promise.allSettled([decidedBefore, found]);
      if (now.status === "rejected") throw now.reason;
      const faces = now.value.filter(isDrawable);
      return { faces, due: cadence.due(frame, faces) };
    })();
    decidedBefore = decision.catch(() => undefined);
    return (async () => {
      const { faces, due } = await decision;
      const { indexes, tracks } = due;
      if (indexes.length === 0 || !isWanted()) return faces;
      try {
        const classified = await classify(frame, indexes.map((i) => faces[i]!));
        return faces.map((face, i) => classified[indexes.indexOf(i)] ?? face);
      } catch (error) {
        cadence.failed(tracks);
        throw error;
      }
    })();
  };
}

function engineInput(frame: Frame, analysis: AnalysisSettings): EngineInput {
  const detect = detectSettings(analysis, frame.picture);
  return {
    picture: frame.picture,
    ...(frame.large === undefined ? {} : { large: frame.large }),
    ...(detect === undefined ? {} : { detect }),
    blurSigma: analysis.blur.enabled ? analysis.blur.sigma : 0,
    ...(analysis.mirror && { classify: { mirror: true } }),
  };
}

async function ask(engine: Engine, input: EngineInput, tries: number, onCost: FindFacesOptions["onCost"]): Promise<Faces> {
  try {
    const found = (await engine.analyze([input], onCost))[0];
    if (found === undefined) throw new AppError("engine_failed", "Expected one list of faces for one picture, received none.");
    return found;
  } catch (error) {
    if (tries > 1 && !triedEnough.has(toAppError(error).code)) return ask(engine, input, tries - 1, onCost);
    throw error;
  }
}
