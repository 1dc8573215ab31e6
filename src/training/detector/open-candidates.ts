// Detectors to measure: cascades by their folders, and Human.

import type { Precision } from "../../core/config.js";
import { tidyFaces } from "../../inference/faces.js";
import { mtcnnDetectorOf, type MtcnnSettings } from "../../inference/mtcnn/detector.js";
import { readDetectorModel, searchSettings, type DetectorModelFiles } from "../../inference/mtcnn/manifest.js";
import type { Candidate } from "./evaluate-detector.js";

/** Low enough for average precision to see the whole curve. */
const lowest = 0.05;
const maxFaces = 100;
/** Of Human: below, it gives up on most pictures; and its own default. */
const human = { lowest: 0.1, threshold: 0.4 } as const;

export interface OpenCandidate extends Candidate, AsyncDisposable {}

export interface CandidateSettings extends Pick<MtcnnSettings, "minFaceSize"> {
  /** Looked through as stills are. */
  readonly thorough?: boolean;
}

/** A cascade with low last threshold; its answers count from the manifest's on. @throws AppError `model_invalid` */
export async function openCascadeCandidate(folder: string, settings: CandidateSettings = {}, precision?: Precision): Promise<OpenCandidate> {
  return cascadeCandidateOf(await readDetectorModel(folder, precision), settings);
}

/** The same of a model that is read already. @throws AppError `model_invalid` */
export async function cascadeCandidateOf(files: DetectorModelFiles, { thorough = false, ...settings }: CandidateSettings = {}): Promise<OpenCandidate> {
  const { manifest, precision } = files;
  const { scaleFactor, scoreThresholds } = searchSettings(manifest, thorough);
  const [pnet, rnet, threshold] = scoreThresholds;
  const detector = await mtcnnDetectorOf(files, { ...settings, scaleFactor, maxFaces, scoreThresholds: [pnet, rnet, Math.min(lowest, threshold)] });
  return {
    name: `${manifest.name}${precision === "fp32" ? "" : " (int8)"}${thorough && detector.thorough === true ? " (thorough)" : ""}`, version: manifest.modelVersion, threshold, times: detector.times,
    megaMultiplications: Object.fromEntries(Object.entries(manifest.stages).map(([stage, { megaMultiplications }]) => [stage, megaMultiplications])),
    detect: async (picture) => tidyFaces(await detector.detect(picture), { width: picture.width, height: picture.height, minScore: 0, maxFaces }),
    [Symbol.asyncDispose]: () => detector.close(),
  };
}

/** @throws AppError `engine_unavailable` */
export async function openHumanCandidate(): Promise<OpenCandidate> {
  const { openHuman } = await import("../../inference/human-runtime.js");
  const { humanDetector } = await import("../../inference/human-analyzer.js");
  const runtime = await openHuman({ minScore: human.lowest, maxFaces });
  const detector = humanDetector(runtime, undefined);
  return {
    name: "human", version: runtime.human.version, threshold: human.threshold,
    detect: async (picture) => tidyFaces(await detector.detect(picture), { width: picture.width, height: picture.height, minScore: 0, maxFaces }),
    [Symbol.asyncDispose]: () => detector.close(),
  };
}
