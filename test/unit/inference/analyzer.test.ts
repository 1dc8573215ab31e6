import { describe, expect, it } from "vitest";
import type { ClassifySettings, DetectedFace, DetectSettings, ModelInfo } from "../../../src/core/engine.js";
import type { EmotionScores } from "../../../src/core/emotions.js";
import type { Picture } from "../../../src/core/frame.js";
import type { Box } from "../../../src/core/geometry.js";
import { composeAnalyzer, type Detector, type EmotionClassifier } from "../../../src/inference/analyzer.js";

const happy: EmotionScores = { anger: 0, disgust: 0, fear: 0, happiness: 1, sadness: 0, surprise: 0, neutral: 0 };

function picture(width: number, height: number, fill = 0): Picture {
  return { width, height, pixelFormat: "rgb24", data: new Uint8Array(width * height * 3).fill(fill) };
}

function faceAt(x: number, width: number, emotions?: EmotionScores): DetectedFace {
  const face: DetectedFace = { box: { x, y: 10, width, height: width }, score: 0.9, landmarks: [[x, 10], [x + 4, 10], [x + 2, 12], [x, 14], [x + 4, 14]] };
  return emotions === undefined ? face : { ...face, emotions };
}

/** Two pixels side by side in the middle of a picture of 20 by 20. */
const middle = ({ data }: Picture): number[] => [...data.subarray(630, 636)];

class FakeDetector implements Detector {
  readonly models: readonly ModelInfo[] = [{ name: "fake", role: "detector", version: "1" }];
  readonly maxSide = 200;
  readonly seen: { picture: Picture; settings?: DetectSettings; hints?: readonly Box[] }[] = [];
  closed = 0;
  readonly #faces: readonly DetectedFace[];
  constructor(faces: readonly DetectedFace[]) {
    this.#faces = faces;
  }
  async detect(seen: Picture, settings?: DetectSettings): Promise<readonly DetectedFace[]> {
    this.seen.push({ picture: seen, ...(settings && { settings }) });
    return this.#faces;
  }
  async close(): Promise<void> {
    this.closed += 1;
  }
}

class FakeFollower extends FakeDetector {
  async follow(seen: Picture, hints: readonly Box[]): Promise<readonly DetectedFace[]> {
    this.seen.push({ picture: seen, hints });
    return hints.map(({ x, width }) => faceAt(x, width));
  }
}

class FakeClassifier implements EmotionClassifier {
  readonly models: readonly ModelInfo[] = [{ name: "fake-emotions", role: "emotion", version: "2" }];
  readonly seen: { picture: Picture; faces: readonly DetectedFace[]; settings?: ClassifySettings }[] = [];
  closed = 0;
  async classify(seen: Picture, faces: readonly DetectedFace[], settings?: ClassifySettings): Promise<readonly Pick<DetectedFace, "emotions" | "sharpness">[]> {
    this.seen.push({ picture: seen, faces, ...(settings && { settings }) });
    return faces.map(() => ({ emotions: happy, sharpness: 0.25 }));
  }
  async close(): Promise<void> {
    this.closed += 1;
  }
}

const parts = { name: "test", version: "3", minScore: 0.5, maxFaces: 5 };

describe("composeAnalyzer", () => {
  it("passes a detector's own emotions on where there is no classifier", async () => {
    const detector = new FakeDetector([faceAt(10, 20, happy)]);
    const analyzer = composeAnalyzer({ ...parts, detector });
    expect(await analyzer.analyze({ picture: picture(100, 100) })).toEqual([faceAt(10, 20, happy)]);
    expect(analyzer.info).toEqual({ name: "test", version: "3", models: detector.models });
  });

  it("finds without classifying, and classifies what is found already without looking", async () => {
    const [detector, classifier] = [new FakeDetector([faceAt(10, 20), faceAt(50, 30)]), new FakeClassifier()];
    const analyzer = composeAnalyzer({ ...parts, detector, classifier });
    expect(analyzer.info.classifies).toBe(true);
    const found = await analyzer.analyze({ picture: picture(100, 100), classify: false });
    expect(found).toEqual([faceAt(50, 30), faceAt(10, 20)]);
    expect(classifier.seen).toEqual([]);
    // In the order that was asked for, in pixels of the larger picture.
    const known = await analyzer.analyze({ picture: picture(100, 100), large: picture(200, 200), known: found.toReversed() });
    expect(known).toEqual([{ ...faceAt(10, 20), emotions: happy, sharpness: 0.25 }, { ...faceAt(50, 30), emotions: happy, sharpness: 0.25 }]);
    expect(classifier.seen.map(({ faces }) => faces.map(({ box }) => box.x))).toEqual([[20, 100]]);
    expect(detector.seen).toHaveLength(1);
  });

  it("asks the classifier for all faces of a picture at once, and keeps their order", async () => {
    const detector = new FakeDetector([faceAt(10, 20), faceAt(40, 30)]);
    const classifier = new FakeClassifier();
    const analyzer = composeAnalyzer({ ...parts, detector, classifier });
    const input = picture(100, 100);
    expect(await analyzer.analyze({ picture: input })).toEqual([{ ...faceAt(40, 30), emotions: happy, sharpness: 0.25 }, { ...faceAt(10, 20), emotions: happy, sharpness: 0.25 }]);
    expect(classifier.seen).toEqual([{ picture: input, faces: [faceAt(40, 30), faceAt(10, 20)] }]);
    expect(analyzer.info.emotion).toBeUndefined();
    expect(analyzer.info.models.map(({ role }) => role)).toEqual(["detector", "emotion"]);
  });

  it("classifies in the large picture, never blurred, with faces in its pixels", async () => {
    const detector = new FakeDetector([faceAt(10, 20)]);
    const classifier = new FakeClassifier();
    const large = picture(200, 200, 7);
    const [face] = await composeAnalyzer({ ...parts, detector, classifier }).analyze({ picture: picture(100, 100), large, blurSigma: 2 });
    expect(classifier.seen[0]!.picture).toBe(large);
    expect(classifier.seen[0]!.faces[0]!.box).toEqual({ x: 20, y: 20, width: 40, height: 40 });
    expect(face!.box).toEqual({ x: 10, y: 10, width: 20, height: 20 });
  });

  it("passes the picture's own prior and equalisation on, and says what is in force without", async () => {
    const classifier = new FakeClassifier();
    const emotion = { model: "fake-emotions", version: "2", prior: 0.4, temperature: 1, uncertainBelow: 0.6 };
    const analyzer = composeAnalyzer({ ...parts, detector: new FakeDetector([faceAt(10, 20)]), classifier: Object.assign(classifier, { emotion }) });
    await analyzer.analyze({ picture: picture(100, 100), classify: { prior: "training", equalize: true } });
    expect(classifier.seen[0]?.settings).toEqual({ prior: "training", equalize: true });
    expect(analyzer.info.emotion).toEqual(emotion);
  });

  it("does not ask the classifier about no faces", async () => {
    const classifier = new FakeClassifier();
    expect(await composeAnalyzer({ ...parts, detector: new FakeDetector([]), classifier }).analyze({ picture: picture(10, 10) })).toEqual([]);
    expect(classifier.seen).toEqual([]);
  });

  it("blurs for the detector only, and classifies the sharp picture", async () => {
    const sharp: Picture = { ...picture(20, 20), data: new Uint8Array(1200).map((_, i) => (Math.floor(i / 3) % 2) * 255) };
    const detector = new FakeDetector([faceAt(2, 8)]);
    const classifier = new FakeClassifier();
    await composeAnalyzer({ ...parts, detector, classifier }).analyze({ picture: sharp, blurSigma: 2 });
    expect(middle(sharp)).toEqual([0, 0, 0, 255, 255, 255]);
    for (const value of middle(detector.seen[0]!.picture)) expect(Math.abs(value - 127.5)).toBeLessThan(10);
    expect(classifier.seen[0]!.picture).toBe(sharp);
  });

  it("shrinks what is larger than the detector takes and gives faces in pixels of the input", async () => {
    const detector = new FakeDetector([faceAt(10, 20)]);
    const [face] = await composeAnalyzer({ ...parts, detector }).analyze({ picture: picture(800, 400), detect: { minFaceSize: 80, thorough: true } });
    expect(detector.seen[0]).toMatchObject({ picture: { width: 200, height: 100 }, settings: { minFaceSize: 20, thorough: true } });
    expect(face).toMatchObject({ box: { x: 40, y: 40, width: 80, height: 80 }, landmarks: [[40, 40], [56, 40], [48, 48], [40, 56], [56, 56]] });
  });

  it("follows hints, in pixels of what the detector is given, and says that it can", async () => {
    const detector = new FakeFollower([faceAt(150, 30)]);
    const analyzer = composeAnalyzer({ ...parts, detector });
    expect(analyzer.info.follows).toBe(true);
    const faces = await analyzer.analyze({ picture: picture(800, 400), hints: [{ x: 40, y: 40, width: 80, height: 80 }] });
    expect(detector.seen).toMatchObject([{ picture: { width: 200, height: 100 }, hints: [{ x: 10, y: 10, width: 20, height: 20 }] }]);
    expect(faces).toMatchObject([{ box: { x: 40, width: 80 } }]);
    expect(await analyzer.analyze({ picture: picture(200, 100) })).toEqual([faceAt(150, 30)]);
    expect(await analyzer.analyze({ picture: picture(200, 100), hints: [] })).toEqual([]);
  });

  it("leaves out a followed face that left the regions", async () => {
    const detector = new FakeFollower([]);
    const detect = { regions: [{ x: 0, y: 0, width: 50, height: 100 }] };
    const hints = [faceAt(10, 20).box, faceAt(60, 20).box];
    expect(await composeAnalyzer({ ...parts, detector }).analyze({ picture: picture(100, 100), detect, hints })).toEqual([faceAt(10, 20)]);
  });

  it("looks everywhere where the detector cannot follow", async () => {
    const detector = new FakeDetector([faceAt(10, 20)]);
    expect(await composeAnalyzer({ ...parts, detector }).analyze({ picture: picture(100, 100), hints: [] })).toEqual([faceAt(10, 20)]);
  });

  it("closes both parts", async () => {
    const detector = new FakeDetector([]);
    const classifier = new FakeClassifier();
    await composeAnalyzer({ ...parts, detector, classifier }).close();
    expect([detector.closed, classifier.closed]).toEqual([1, 1]);
  });
});
