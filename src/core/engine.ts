// The interface of an inference engine. The pipeline knows nothing else about models.

import type { AnalysisSettings, Detection } from "./config.js";
import type { AppError } from "./errors.js";
import type { EmotionScores } from "./emotions.js";
import type { EmotionSettings, Prior } from "./prior.js";
import type { Box, Landmarks } from "./geometry.js";
import type { AnyPicture } from "./frame.js";

/** A face as the engine found it, in pixels of the picture it was given (`picture`, not `large`). */
export interface DetectedFace {
  readonly box: Box;
  /** Detector's confidence, 0 to 1. */
  readonly score: number;
  readonly landmarks: Landmarks;
  /** Absent where the engine has no emotion model. */
  readonly emotions?: EmotionScores;
  /** Fine detail of its crop for the emotion model, 0 or more; absent where nobody measured it. */
  readonly sharpness?: number;
}

/** Where and down to which size faces are looked for in one picture. Engines whose detector has no such settings ignore them. */
export interface DetectSettings {
  /** Smallest face, pixels of `picture`. */
  readonly minFaceSize?: number;
  /** Only there, in pixels of `picture`; absent: everywhere. */
  readonly regions?: readonly Box[];
  /** Take more time to miss fewer faces, where `info.thorough`. */
  readonly thorough?: boolean;
}

/** How the emotion model takes one picture, where that differs from the engine's settings. Only for engines whose info has `emotion`. */
export interface ClassifySettings {
  readonly prior?: Prior;
  /** Equalise the histogram of each crop before it is classified. */
  readonly equalize?: boolean;
  /** Classify each crop and its mirror image, and take the mean of their logits: right more often, and twice the time of the emotion model. */
  readonly mirror?: boolean;
}

/** One picture to analyse. Borrowed: the engine does not keep it after its answer. */
export interface EngineInput {
  readonly picture: AnyPicture;
  /** Same moment, larger, never blurred: crops for the emotion model come from here when it is present. */
  readonly large?: AnyPicture;
  /**
   * Boxes of the faces of the frame before, in pixels of `picture`. Only these are looked for, near where they were; those that are not
   * there any more are left out. Absent: faces are looked for everywhere, as engines without `follows` do in any case.
   */
  readonly hints?: readonly Box[];
  /** Standard deviation of the Gaussian blur before detection, in pixels of `picture`; 0 or absent: none. */
  readonly blurSigma?: number;
  readonly detect?: DetectSettings;
  /** false: faces are found and not classified, where `info.classifies`. */
  readonly classify?: ClassifySettings | false;
  /** Faces of this picture that are found already: they are not looked for, only classified; the answer holds them in this order. Only where `info.classifies`. */
  readonly known?: readonly DetectedFace[];
}

export const modelPrecisions = ["fp32", "int8", "mixed"] as const;
export type ModelPrecision = (typeof modelPrecisions)[number];

export interface ModelInfo {
  readonly name: string;
  readonly role: "detector" | "landmarks" | "emotion";
  readonly version: string;
  /** What it calculates with; `mixed`: some of its nets with int8, as its manifest says. Absent: as its maker chose. */
  readonly precision?: ModelPrecision;
}

export interface EngineInfo {
  /** `human`, `emostream`, `noop`. */
  readonly name: string;
  readonly version: string;
  readonly models: readonly ModelInfo[];
  /** Whether it can look for known faces only (`hints`). */
  readonly follows?: boolean;
  /** Whether finding and classifying can be asked for apart (`classify: false`, `known`). */
  readonly classifies?: boolean;
  /** Whether it can look more closely than it usually does (`detect.thorough`). */
  readonly thorough?: boolean;
  /** Whether planar pictures save it time; every engine takes them. */
  readonly planar?: boolean;
  /** What is in force in our emotion model's answers; absent where the engine has an emotion model of its own, or none. */
  readonly emotion?: EmotionSettings;
}

/** Where neither the configuration nor a model says it. */
const defaultUncertainBelow = 0.5;

/** The top probability below which a face is uncertain: the configuration's, else the model's. */
export function uncertainBelowOf(settings: { readonly uncertainBelow?: number | undefined }, { emotion }: EngineInfo): number {
  return settings.uncertainBelow ?? emotion?.uncertainBelow ?? defaultUncertainBelow;
}

/** How faces are looked for: as the settings say, unless the engine looks everywhere whatever it is told. */
export function detectionOf({ detection }: { readonly detection: Detection }, { follows = false }: EngineInfo): Detection {
  return follows ? detection : "every-frame";
}

/** How often faces are classified: as the settings say, unless the engine classifies whatever it finds. Milliseconds; 0: in every frame. */
export function emotionsEveryMsOf({ emotionsEveryMs }: { readonly emotionsEveryMs: number }, { classifies = false }: EngineInfo): number {
  return classifies ? emotionsEveryMs : 0;
}

/** The settings with what the engine makes of them: it only follows, classifies apart, mirrors and looks closely where it can. */
export function settingsOf(analysis: AnalysisSettings, info: EngineInfo): AnalysisSettings {
  const { thorough = false, classifies = false } = info;
  return { ...analysis, thorough: thorough && analysis.thorough, detection: detectionOf(analysis, info), emotionsEveryMs: emotionsEveryMsOf(analysis, info), mirror: classifies && analysis.mirror };
}

/** What one call took, milliseconds. */
export interface CallCost {
  /** Time of one worker. */
  readonly workedMs: number;
}

/** An engine. Thread-safe in the sense that `analyze` may be called again before the last call answered. */
export interface Engine {
  readonly info: EngineInfo;
  /** How many `analyze` calls make progress at the same time (worker threads). */
  readonly concurrency: number;
  /** Settles when it cannot go on in this process, which then has to end and be started anew; absent where that does not happen. */
  readonly broken?: Promise<AppError>;
  /** What all its workers have worked since it was opened, milliseconds; absent where it does not measure. */
  readonly workedMs?: number;
  /**
   * Finds faces. One list of faces for each input, in input order, sorted by area (largest first). `onCost` is called before the answer, also where
   * that is an error of the models; engines that do not measure never call it.
   * @throws AppError `engine_failed`, `worker_lost`, `worker_hung`, `poisonous` (this batch only), `engine_unavailable`, `shutting_down`
   */
  analyze(batch: readonly EngineInput[], onCost?: (cost: CallCost) => void): Promise<readonly (readonly DetectedFace[])[]>;
  /** Asks the workers to finish and waits until they have exited. Idempotent. */
  close(): Promise<void>;
}
