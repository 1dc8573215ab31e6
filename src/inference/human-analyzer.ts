// Human as an analyzer: BlazeFace finds faces, FaceMesh confirms them and gives the landmarks, its emotion model (oarriaga's) the emotions.

import type { DetectedFace, ModelInfo } from "../core/engine.js";
import { AppError } from "../core/errors.js";
import type { Picture } from "../core/frame.js";
import { composeAnalyzer, type Analyzer, type AnalyzerSettings, type Detector } from "./analyzer.js";
import type { HumanFace } from "./human-api.js";
import { emotionsOf } from "./human-emotions.js";
import { landmarksOf } from "./human-landmarks.js";
import { openHuman, type HumanRuntime } from "./human-runtime.js";

/**
 * BlazeFace looks at 256x256 pixels whatever it is given, and faces below about a twentieth of the side escape it: at this
 * size they still have more pixels than the mesh model takes (192).
 */
const maxSide = 1920;

/** @throws AppError `engine_unavailable`, `model_invalid` */
export async function openHumanAnalyzer({ minScore, maxFaces }: AnalyzerSettings): Promise<Analyzer> {
  const runtime = await openHuman({ minScore, maxFaces });
  const detector = humanDetector(runtime);
  return composeAnalyzer({ name: "human", version: runtime.human.version, detector, minScore, maxFaces });
}

/** A detector whose faces carry Human's emotions. */
export function humanDetector({ human, tf }: HumanRuntime): Detector {
  const roles = { blazeface: "detector", facemesh: "landmarks", emotion: "emotion" } as const;
  return {
    models: Object.entries(roles).map(([name, role]): ModelInfo => ({ name: `human/${name}`, role, version: human.version })),
    maxSide,
    async detect(picture) {
      const { width, height } = picture;
      // Human works on float32 and leaves the input to its owner. The scope frees what a failure inside Human leaves behind.
      tf.engine().startScope("detect");
      try {
        const input = tf.tensor4d(new Float32Array(picture.data), [1, height, width, 3]);
        const { face: faces, error } = await human.detect(input);
        if (error !== null) throw new AppError("engine_failed", "The Human engine refused this picture.", { detail: error });
        return faces.map((face) => toFace(face, picture)).filter((face) => face !== undefined);
      } finally {
        tf.engine().endScope();
      }
    },
    // The thread's memory goes with the thread.
    async close() {},
  };
}

function toFace(face: HumanFace, { width, height }: Picture): DetectedFace | undefined {
  const landmarks = landmarksOf(face.mesh);
  const emotions = emotionsOf(face.emotion ?? []);
  if (landmarks === undefined) return undefined;
  const [x, y, w, h] = face.boxRaw;
  return {
    box: { x: x * width, y: y * height, width: w * width, height: h * height },
    score: Math.min(face.boxScore, face.faceScore),
    landmarks,
    ...(emotions === undefined ? {} : { emotions }),
  };
}
