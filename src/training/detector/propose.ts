// What the trained stages let through, for the next stage to learn from: the stages that serve, with low thresholds. Hard examples are wanted, not answers.

import type { Picture } from "../../core/frame.js";
import { squareAround, type Window } from "../../inference/mtcnn/box-regression.js";
import { nms } from "../../inference/mtcnn/nms.js";
import { PNet } from "../../inference/mtcnn/p-net.js";
import { Pixels } from "../../inference/mtcnn/pixels.js";
import { refineByRNet } from "../../inference/mtcnn/r-net.js";
import { WindowNet } from "../../inference/mtcnn/window-net.js";
import { openOnnxModel } from "../../inference/onnx.js";
import { detectorInput } from "./export-stage.js";
import { stageSpecs, strideOf } from "./nets.js";

const thresholds = { pnet: 0.5, rnet: 0.2 };
const pyramid = { minFaceSize: 16, scaleFactor: 0.709, scoreThreshold: thresholds.pnet, nmsThreshold: 0.5 };
const nmsThreshold = 0.7;
/** Most candidates of P-Net and of R-Net in one photo. */
const maxCandidates = { pnet: 1500, rnet: 300 };

/** The squares that the stages so far take for faces, surest first. */
export interface Proposer extends AsyncDisposable {
  propose(picture: Picture): Promise<readonly Window[]>;
}

/** Opens the trained P-Net, and R-Net where given. @throws AppError `model_invalid` */
export async function openProposer(pnet: Uint8Array, rnet?: Uint8Array): Promise<Proposer> {
  const models = [await openOnnxModel(pnet), ...(rnet === undefined ? [] : [await openOnnxModel(rnet)])];
  const first = new PNet(models[0]!, { size: stageSpecs.pnet.size, stride: strideOf(stageSpecs.pnet) }, detectorInput);
  const second = models[1] === undefined ? undefined : new WindowNet(models[1], stageSpecs.rnet.size, detectorInput);
  const pixels = new Pixels();
  return {
    async propose(picture) {
      const { width, height } = picture;
      pixels.load(picture);
      const proposed = nms(await first.propose(pixels, { x: 0, y: 0, width, height }, pyramid), nmsThreshold, maxCandidates.pnet);
      const kept = second === undefined ? proposed : nms(await refineByRNet(second, pixels, proposed, thresholds.rnet), nmsThreshold, maxCandidates.rnet);
      return kept.map(squareAround);
    },
    async [Symbol.asyncDispose]() {
      for (const model of models) await model[Symbol.asyncDispose]();
    },
  };
}
