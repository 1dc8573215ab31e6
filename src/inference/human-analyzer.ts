// Human as an analyzer: BlazeFace finds faces, FaceMesh confirms them and gives the landmarks, its emotion model the emotions.

import type { ModelInfo } from "../core/engine.js";
import { AppError } from "../core/errors.js";
import { rgbOf } from "../core/planar.js";
import { composeAnalyzer, type Analyzer, type AnalyzerSettings, type Detector } from "./analyzer.js";
import type { HumanFace, Tensor } from "./human-api.js";
import { humanEmotions, type ClassifyFaces } from "./human-emotions.js";
import { faceOf } from "./human-faces.js";
import { openHuman, type HumanRuntime } from "./human-runtime.js";
import { orStrayRejection } from "./stray-rejections.js";

/**
 * BlazeFace looks at 256x256 pixels whatever it is given, and faces below about a twentieth of the side escape it: at this
 * size a face at that limit still has half the pixels that the mesh model takes (192).
 */
const maxSide = 1920;
/** With which each person of the demo is found in nearly every frame: Human stretches wide pictures to a square, and its scores sink. */
const defaultMinScore = 0.4;

/** @throws AppError `engine_unavailable`, `model_invalid` */
export async function openHumanAnalyzer({ minScore = defaultMinScore, maxFaces, emotionModelDir, prior, precision }: AnalyzerSettings): Promise<Analyzer> {
  const runtime = await openHuman({ minScore, maxFaces });
  const parts = { name: "human", version: runtime.human.version, minScore, maxFaces };
  if (emotionModelDir === undefined) return composeAnalyzer({ ...parts, detector: humanDetector(runtime, humanEmotions(runtime)) });
  // Only then: it brings ONNX Runtime into the thread.
  const { openEmotionClassifier } = await import("./emotion/classifier.js");
  return composeAnalyzer({ ...parts, detector: humanDetector(runtime, undefined), classifier: await openEmotionClassifier(emotionModelDir, prior, precision) });
}

/** Human's faces and landmarks; with `classify` they carry emotions, from the crops that Human makes for itself. */
export function humanDetector({ human, tf }: HumanRuntime, classify: ClassifyFaces | undefined): Detector {
  const model = (name: string, role: ModelInfo["role"]): ModelInfo => ({ name: `human/${name}`, role, version: human.version });
  return {
    models: [model("blazeface", "detector"), model("facemesh", "landmarks"), ...(classify === undefined ? [] : [model("emotion", "emotion")])],
    maxSide,
    async detect(picture) {
      const { width, height, data } = rgbOf(picture);
      // Human works on float32. The scope frees everything made since, also what a failure inside Human leaves behind.
      tf.engine().startScope("detect");
      try {
        const { face, error } = await orStrayRejection(human.detect(tf.tensor4d(new Float32Array(data), [1, height, width, 3])));
        if (error !== null) throw new AppError("engine_failed", "The inference engine failed on this picture.", { detail: error });
        const seen = face.filter(hasTensor);
        const emotions = await classify?.(seen.map(({ tensor }) => tensor));
        return seen.flatMap((raw, i) => {
          const found = faceOf(raw);
          const scores = emotions?.[i];
          return found === undefined ? [] : [scores === undefined ? found : { ...found, emotions: scores }];
        });
      } finally {
        tf.engine().endScope();
      }
    },
    // The memory of the models goes with the thread.
    async close() {},
  };
}

function hasTensor(face: HumanFace): face is HumanFace & { readonly tensor: Tensor } {
  return face.tensor !== undefined;
}
