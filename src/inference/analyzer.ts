// What happens to one picture inside a worker: bound its size, blur, detect, tidy up, classify. Detectors and emotion
// classifiers are separate, so that any detector goes with any classifier.

import type { Precision } from "../core/config.js";
import type { ClassifySettings, DetectedFace, DetectSettings, EngineInfo, EngineInput, ModelInfo } from "../core/engine.js";
import type { AnyPicture } from "../core/frame.js";
import type { Box } from "../core/geometry.js";
import type { EmotionSettings, Prior } from "../core/prior.js";
import { blurPicture } from "./blur.js";
import { scaleBox, scaleFace, tidyFaces } from "./faces.js";
import { shrinkPicture } from "./shrink.js";

/** What a worker is told. */
export interface AnalyzerSettings {
  readonly name: "emostream" | "human";
  /** Absent: the detector's own default. */
  readonly minScore?: number;
  readonly maxFaces: number;
  /** Of the cascade, for `emostream`. */
  readonly detector?: DetectorSettings;
  /** Folder of an emotion CNN (manifest.json and its ONNX file) that takes the place of the engine's own emotion model. */
  readonly emotionModelDir?: string;
  /** Of that model; absent: as its manifest says. */
  readonly prior?: Prior;
  /** Of our own nets; absent: fp32. */
  readonly precision?: Precision;
}

/** Where the cascade's model lies, and what differs from its manifest's defaults. */
export interface DetectorSettings {
  readonly folder: string;
  readonly scaleFactor?: number;
  /** Of P-, R- and O-Net; the last is replaced by `minScore` where that is set. */
  readonly scoreThresholds?: readonly [number, number, number];
}

/** Finds faces with landmarks, in pixels of `picture`; in any order, with boxes that may leave the picture. */
export interface Detector {
  readonly models: readonly ModelInfo[];
  /** Longest side that it is given; larger pictures are shrunk before. */
  readonly maxSide: number;
  /** Whether it knows `thorough`. */
  readonly thorough?: boolean;
  /** Whether planar pictures save it time. */
  readonly planar?: boolean;
  /** `emotions` of its faces may be set, where the detector has an emotion model built in. */
  detect(picture: AnyPicture, settings?: DetectSettings): Promise<readonly DetectedFace[]>;
  /** Those of the faces that were seen at `hints` in the frame before that are still there. Absent where it can only look everywhere. */
  follow?(picture: AnyPicture, hints: readonly Box[]): Promise<readonly DetectedFace[]>;
  close(): Promise<void>;
}

/** Gives each face a distribution over the emotions, and says how sharp it is where it can. Crops for itself, out of the sharpest picture there is. */
export interface EmotionClassifier {
  readonly models: readonly ModelInfo[];
  /** What is in force where a call says nothing else. */
  readonly emotion?: EmotionSettings;
  /** `faces` are in pixels of `picture`. One result for each face, in their order. */
  classify(picture: AnyPicture, faces: readonly DetectedFace[], settings?: ClassifySettings): Promise<readonly Pick<DetectedFace, "emotions" | "sharpness">[]>;
  close(): Promise<void>;
}

/** One picture at a time: the caller waits for an answer before the next call. */
export interface Analyzer {
  readonly info: EngineInfo;
  /** Faces in pixels of `input.picture`, largest first. */
  analyze(input: EngineInput): Promise<readonly DetectedFace[]>;
  close(): Promise<void>;
}

export interface AnalyzerParts {
  readonly name: string;
  readonly version: string;
  readonly detector: Detector;
  /** Absent: the detector's own emotions, if it gives any. */
  readonly classifier?: EmotionClassifier;
  readonly minScore: number;
  readonly maxFaces: number;
}

/** Puts a detector and a classifier together. The analyzer owns both. */
export function composeAnalyzer({ name, version, detector, classifier, minScore, maxFaces }: AnalyzerParts): Analyzer {
  return {
    info: { name, version, models: [...detector.models, ...(classifier?.models ?? [])], ...(detector.follow && { follows: true }), ...(detector.thorough && { thorough: true }), ...(detector.planar && { planar: true }), ...(classifier && { classifies: true }), ...(classifier?.emotion && { emotion: classifier.emotion }) },
    async analyze(input) {
      const { picture, large, classify, known } = input;
      const faces = known ?? (await find(input));
      if (classifier === undefined || classify === false || faces.length === 0) return faces;

      const sharpest = large ?? picture;
      const zoom = sharpest.width / picture.width;
      const classified = await classifier.classify(sharpest, zoom === 1 ? faces : faces.map((face) => scaleFace(face, zoom)), classify);
      return faces.map((face, i) => ({ ...face, ...classified[i]! }));
    },
    async close() {
      await Promise.all([detector.close(), classifier?.close()]);
    },
  };

  async function find({ picture, hints, blurSigma = 0, detect }: EngineInput): Promise<readonly DetectedFace[]> {
    const { picture: bounded, scale } = await shrinkPicture(picture, detector.maxSide);
    const blurred = await blurPicture(bounded, blurSigma * scale);
    const found =
      hints === undefined || detector.follow === undefined
        ? await detector.detect(blurred, scale === 1 ? detect : scaleSettings(detect, scale))
        : await detector.follow(blurred, scale === 1 ? hints : hints.map((box) => scaleBox(box, scale)));
    const inPicture = scale === 1 ? found : found.map((face) => scaleFace(face, 1 / scale));
    return tidyFaces(detect?.regions === undefined ? inPicture : inPicture.filter((face) => isInside(face, detect.regions!)), { width: picture.width, height: picture.height, minScore, maxFaces });
  }
}

/** The same sizes and places in a picture that was shrunk by `scale`. */
function scaleSettings(settings: DetectSettings | undefined, scale: number): DetectSettings {
  const { minFaceSize, regions } = settings ?? {};
  return {
    ...settings,
    ...(minFaceSize === undefined ? {} : { minFaceSize: minFaceSize * scale }),
    ...(regions === undefined ? {} : { regions: regions.map((region) => scaleBox(region, scale)) }),
  };
}

/** Whether the middle of a face lies in one of the regions. */
function isInside({ box }: DetectedFace, regions: NonNullable<DetectSettings["regions"]>): boolean {
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  return regions.some((r) => x >= r.x && x <= r.x + r.width && y >= r.y && y <= r.y + r.height);
}
