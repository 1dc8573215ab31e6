// Predictions for the server.

import type { AnalysisSettings } from "../../core/config.js";
import type { Engine } from "../../core/engine.js";
import type { PredictOptions, PredictService, Prediction } from "../../server/services.js";
import { drawPicture } from "./draw.js";
import { predictPicture } from "./predict.js";

export interface PredictServiceOptions {
  readonly engine: Engine;
  readonly analysis: AnalysisSettings;
  readonly maxPixels: number;
}

/** Finds faces in single pictures with the engine of the streams. */
export function createPredictService({ engine, analysis, maxPixels }: PredictServiceOptions): PredictService {
  const predict = (bytes: Uint8Array, { equalize, prior }: PredictOptions) =>
    predictPicture(bytes, { engine, settings: analysis, maxPixels, classify: { ...(equalize && { equalize }), ...(prior !== undefined && { prior }) } });
  return {
    async predict(bytes, options): Promise<Prediction> {
      const { width, height, faces } = await predict(bytes, options);
      const predicted = faces[0]?.label;
      return {
        width,
        height,
        faces: faces.map((face, i) => ({
          trackId: i + 1,
          box: face.box,
          score: face.score,
          landmarks: mutable(face.landmarks),
          emotions: face.emotions,
          smoothed: face.emotions,
          label: face.label,
          uncertain: face.uncertain,
        })),
        ...(options.truth !== undefined && { truth: { label: options.truth, ...(predicted !== undefined && { predicted }), correct: predicted === options.truth } }),
      };
    },
    async draw(bytes, options) {
      return drawPicture(bytes, await predict(bytes, options), maxPixels);
    },
  };
}

type Points = Prediction["faces"][number]["landmarks"];

function mutable([a, b, c, d, e]: readonly [Point, Point, Point, Point, Point]): Points {
  return [[...a], [...b], [...c], [...d], [...e]];
}

type Point = readonly [number, number];
