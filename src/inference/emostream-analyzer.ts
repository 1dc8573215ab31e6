// Our own engine: the MTCNN cascade finds faces and landmarks, our CNN gives the emotions.

import { AppError } from "../core/errors.js";
import { composeAnalyzer, type Analyzer, type AnalyzerSettings } from "./analyzer.js";
import { openEmotionClassifier } from "./emotion/classifier.js";
import { openMtcnnDetector } from "./mtcnn/detector.js";

/** @throws AppError `model_invalid`, `engine_unavailable` without a detector's folder */
export async function openEmostreamAnalyzer({ minScore, maxFaces, detector: settings, emotionModelDir, prior, precision = "fp32" }: AnalyzerSettings): Promise<Analyzer> {
  if (settings === undefined) throw new AppError("engine_unavailable", "Expected the folder of a detector model for the engine emostream, received none.");
  const { folder, scaleFactor, scoreThresholds } = settings;
  const detector = await openMtcnnDetector(folder, { maxFaces, precision, ...(scaleFactor === undefined ? {} : { scaleFactor }), ...(scoreThresholds === undefined ? {} : { scoreThresholds }) });
  const classifier = emotionModelDir === undefined ? undefined : await openEmotionClassifier(emotionModelDir, prior, precision);
  return composeAnalyzer({ name: "emostream", version: detector.manifest.modelVersion, detector, ...(classifier === undefined ? {} : { classifier }), minScore: minScore ?? 0, maxFaces });
}
