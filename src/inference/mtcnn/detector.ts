// The cascade as a detector: model folder in, faces out.

import { AppError } from "../../core/errors.js";
// oxlint-disable-next-line no-restricted-imports -- what a detector is stands beside the analyzer that uses it
import type { Detector } from "../analyzer.js";
// oxlint-disable-next-line no-restricted-imports -- the one file of the runtime lies a level up, beside the classifier that shares it
import { openOnnxModel, type OnnxModel } from "../onnx.js";
import { netBox, toldBox } from "./box-adjust.js";
import { Cascade, type CascadeSettings, type StageTimes } from "./cascade.js";
import { readDetectorModel, type DetectorManifest } from "./manifest.js";
import type { ScoredFace } from "./o-net.js";
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
export async function openMtcnnDetector(folder: string, settings: MtcnnSettings = {}): Promise<MtcnnDetector> {
  const { manifest, models } = await readDetectorModel(folder);
  const opened: OnnxModel[] = [];
  const close = async () => {
    for (const model of opened.splice(0)) await model[Symbol.asyncDispose]();
  };
  try {
    for (const stage of ["pnet", "rnet", "onet"] as const) opened.push(checked(await openOnnxModel(models[stage]), stage));
  } catch (error) {
    await close();
    throw error;
  }
  const [pnet, rnet, onet] = opened as [OnnxModel, OnnxModel, OnnxModel];
  const { stages, input } = manifest;
  const cascade = new Cascade({ pnet: new PNet(pnet, stages.pnet, input), rnet: new WindowNet(rnet, stages.rnet.size, input), onet: new WindowNet(onet, stages.onet.size, input) });
  const all: CascadeSettings = {
    minFaceSize: settings.minFaceSize ?? manifest.minFaceSize,
    scaleFactor: settings.scaleFactor ?? manifest.scaleFactor,
    scoreThresholds: settings.scoreThresholds ?? manifest.scoreThresholds,
    nmsThresholds: manifest.nmsThresholds,
    maxFaces: settings.maxFaces ?? defaultMaxFaces,
  };
  const told = (faces: readonly ScoredFace[]) => faces.map((face) => ({ box: toldBox(face, manifest.boxAdjust), score: face.score, landmarks: face.landmarks }));
  return {
    manifest,
    models: [{ name: manifest.name, role: "detector", version: manifest.modelVersion }],
    maxSide,
    times: cascade.times,
    detect: async (picture, { minFaceSize, regions } = {}) => told(await cascade.detect(picture, { ...all, ...(minFaceSize === undefined ? {} : { minFaceSize }) }, regions)),
    follow: async (picture, hints) => told(await cascade.follow(picture, all, hints.map((box) => netBox(box, manifest.boxAdjust)))),
    close,
  };
}

/** @throws AppError `model_invalid` for a net with other inputs or outputs */
function checked(model: OnnxModel, stage: "pnet" | "rnet" | "onet"): OnnxModel {
  const wanted = stage === "onet" ? ["scores", "boxes", "landmarks"] : ["scores", "boxes"];
  if (!model.inputs.includes("input") || wanted.some((name) => !model.outputs.includes(name))) {
    throw new AppError("model_invalid", `Expected ${stage} with input \`input\` and outputs ${wanted.join(", ")}, received ${model.inputs.join(", ")} and ${model.outputs.join(", ")}.`);
  }
  return model;
}
