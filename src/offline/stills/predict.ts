// Faces and emotions of one still picture.

import { detectSettings } from "../../core/detect-settings.js";
import type { AnalysisSettings } from "../../core/config.js";
import { normalise, topEmotion, uniformScores, type Emotion, type EmotionScores } from "../../core/emotions.js";
import { uncertainBelowOf, type ClassifySettings, type DetectedFace, type Engine } from "../../core/engine.js";
import { AppError } from "../../core/errors.js";
import { faceQuality } from "../../core/face-quality.js";
import type { Box, Landmarks } from "../../core/geometry.js";
import type { Pose } from "../../core/pose.js";
import { roundBox, roundLandmarks, roundProbability, roundScores } from "../../core/round.js";
import { decodePicture } from "./decode.js";

/** A face of a still: as in the feed, without what only a track has. */
export interface StillFace {
  readonly box: Box;
  readonly score: number;
  readonly landmarks: Landmarks;
  readonly emotions: EmotionScores;
  readonly label: Emotion;
  readonly uncertain: boolean;
  readonly pose?: Pose;
  readonly sharpness?: number;
}

export interface StillResult {
  /** Size as shown (EXIF rotation applied). */
  readonly width: number;
  readonly height: number;
  /** Largest first; pixels of the picture as shown. */
  readonly faces: readonly StillFace[];
}

export interface PredictPictureOptions {
  readonly engine: Engine;
  readonly settings: Pick<AnalysisSettings, "maxSide" | "largeMaxSide" | "blur" | "uncertainBelow" | "minFaceSize" | "regions">;
  /** What differs from the engine as it was opened, and from a look in the mirror. */
  readonly classify?: ClassifySettings;
  readonly maxPixels: number;
}

/**
 * Finds and classifies the faces of one picture. The same bytes and settings give the same result.
 * @throws AppError `invalid_picture`, `picture_too_large`, `not_found`, `engine_failed`; `invalid_request` for `classify` where the engine does not use our emotion model
 */
export async function predictPicture(input: Uint8Array | string, options: PredictPictureOptions): Promise<StillResult> {
  const { engine, settings, classify } = options;
  if (engine.info.emotion === undefined && (classify?.prior !== undefined || classify?.equalize === true)) {
    throw new AppError("invalid_request", "Expected our emotion model (engine.emotions: emostream) for prior and equalize, received an engine without it.");
  }
  const { maxSide, largeMaxSide, blur } = settings;
  const { width, height, picture, large } = await decodePicture(input, { maxSide, largeMaxSide, maxPixels: options.maxPixels });
  const detect = detectSettings({ ...settings, thorough: true }, picture);
  const [found] = await engine.analyze([{ picture, ...(large && { large }), ...(detect && { detect }), blurSigma: blur.enabled ? blur.sigma : 0, classify: { mirror: true, ...classify } }]);
  if (found === undefined) throw new AppError("engine_failed", "Expected one list of faces for one picture, received none.");
  const scale = { x: width / picture.width, y: height / picture.height };
  const uncertainBelow = uncertainBelowOf(settings, engine.info);
  return { width, height, faces: found.map((face) => stillFace(face, scale, uncertainBelow)) };
}

function stillFace(face: DetectedFace, scale: { x: number; y: number }, uncertainBelow: number): StillFace {
  const { box, landmarks } = face;
  const scores = face.emotions === undefined ? uniformScores : normalise(face.emotions);
  const { label, probability } = topEmotion(scores);
  const point = (i: 0 | 1 | 2 | 3 | 4) => [landmarks[i][0] * scale.x, landmarks[i][1] * scale.y] as const;
  const points = [point(0), point(1), point(2), point(3), point(4)] as const;
  return {
    box: roundBox({ x: box.x * scale.x, y: box.y * scale.y, width: box.width * scale.x, height: box.height * scale.y }),
    score: roundProbability(Math.min(1, Math.max(0, face.score))),
    landmarks: roundLandmarks(points),
    emotions: roundScores(scores),
    label,
    uncertain: probability < uncertainBelow,
    ...faceQuality({ ...face, landmarks: points }),
  };
}
