// The cascade as a detector: model folder in, faces out.

import type { Precision } from "../../core/config.js";
// oxlint-disable-next-line no-restricted-imports -- what a detector is stands beside the analyzer that uses it
import type { Detector } from "../analyzer.js";
// oxlint-disable-next-line no-restricted-imports -- the one file of the runtime lies a level up, beside the classifier that shares it
import type { OnnxModel } from "../onnx.js";
import { netBox, toldBox } from "./box-adjust.js";
import { Cascade, type CascadeSettings, type StageTimes } from "./cascade.js";
import { readDetectorModel, searchSettings, type DetectorManifest, type DetectorModelFiles } from "./manifest.js";
import type { ScoredFace } from "./o-net.js";
import { openNet } from "./open-net.js";
import { PNet } from "./p-net.js";
import { WindowNet } from "./window-net.js";

/** Larger pictures are shrunk before: bounds the time of one picture. */
const maxSide = 1920;
const defaultMaxFaces = 20;

/** What differs from the manifest's defaults. */
export type MtcnnSettings = Partial<Pick<CascadeSettings, "minFaceSize" | "scaleFactor" | "scoreThresholds" | "maxFaces">>;

export interface MtcnnDetector extends Detector {
  readonly manifest: DetectorManifest;
  /** Milliseconds spent in each stage since the detector was opened. */
  readonly times: Readonly<StageTimes>;
}

/** Opens the model of `folder`. Lives on one thread: `detect` holds it while the nets run. @throws AppError `model_invalid` */
export async function openMtcnnDetector(folder: string, settings: MtcnnSettings & { readonly precision?: Precision } = {}): Promise<MtcnnDetector> {
  return mtcnnDetectorOf(await readDetectorModel(folder, settings.precision), settings);
}

/** The same of a model that is read already. @throws AppError `model_invalid` */
export async function mtcnnDetectorOf({ manifest, models, precision }: DetectorModelFiles, settings: MtcnnSettings = {}): Promise<MtcnnDetector> {
  const opened: OnnxModel[] = [];
  const close = async () => {
    for (const model of opened.splice(0)) await model[Symbol.asyncDispose]();
  };
  try {
    for (const stage of ["pnet", "rnet", "onet"] as const) opened.push(await openNet(models[stage], stage, manifest.stages[stage]));
  } catch (error) {
    await close();
    throw error;
  }
  const [pnet, rnet, onet] = opened as [OnnxModel, OnnxModel, OnnxModel];
  const { stages, input } = manifest;
  const cascade = new Cascade({ pnet: new PNet(pnet, stages.pnet, input), rnet: new WindowNet(rnet, stages.rnet.size, input), onet: new WindowNet(onet, stages.onet.size, input) });
  const { minFaceSize: least, nmsThresholds, secondLook, lookAgainFrom } = manifest;
  const cascadeSettings = (closely: boolean): CascadeSettings => ({ minFaceSize: least, ...searchSettings(manifest, closely), nmsThresholds, secondLook, lookAgainFrom, maxFaces: defaultMaxFaces, ...settings });
  const [usual, closeUp] = [cascadeSettings(false), cascadeSettings(true)];
  const told = (faces: readonly ScoredFace[]) => faces.map((face) => ({ box: toldBox(face, manifest.boxAdjust), score: face.score, landmarks: face.landmarks }));
  return {
    manifest,
    models: [{ name: manifest.name, role: "detector", version: manifest.modelVersion, precision }],
    maxSide,
    thorough: manifest.thorough !== undefined,
    planar: true,
    times: cascade.times,
    detect: async (picture, { minFaceSize, regions, thorough: closely = false } = {}) => told(await cascade.detect(picture, { ...(closely ? closeUp : usual), ...(minFaceSize === undefined ? {} : { minFaceSize }) }, regions)),
    follow: async (picture, hints) => told(await cascade.follow(picture, usual, hints.map((box) => netBox(box, manifest.boxAdjust)))),
    close,
  };
}
