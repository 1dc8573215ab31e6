// Detectors to measure: cascades by their folders, and Human.

import { tidyFaces } from "../../inference/faces.js";
import { openMtcnnDetector, type MtcnnSettings } from "../../inference/mtcnn/detector.js";
import type { Candidate } from "./evaluate-detector.js";

/** Low enough for average precision to see the whole curve. */
const lowest = 0.05;
const maxFaces = 100;
/** Of Human: below, it gives up on most pictures; and its own default. */
const human = { lowest: 0.1, threshold: 0.4 } as const;

export interface OpenCandidate extends Candidate, AsyncDisposable {}

/** A cascade with low last threshold; its answers count from the manifest's on. @throws AppError `model_invalid` */
export async function openCascadeCandidate(folder: string, settings: Pick<MtcnnSettings, "minFaceSize"> = {}): Promise<OpenCandidate> {
  const first = await openMtcnnDetector(folder);
  const { manifest } = first;
  await first.close();
  const [pnet, rnet, threshold] = manifest.scoreThresholds;
  const detector = await openMtcnnDetector(folder, { ...settings, maxFaces, scoreThresholds: [pnet, rnet, Math.min(lowest, threshold)] });
  return {
    name: manifest.name, version: manifest.modelVersion, threshold, times: detector.times,
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
