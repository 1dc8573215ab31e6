// What happens inside a worker, looked at from inside: in this thread.

import { cp, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emotionNames } from "../../../src/core/emotions.js";
import type { Picture } from "../../../src/core/frame.js";
import { composeAnalyzer, type Analyzer } from "../../../src/inference/analyzer.js";
import { humanDetector } from "../../../src/inference/human-analyzer.js";
import { humanEmotionOrder, humanEmotions } from "../../../src/inference/human-emotions.js";
import { openHuman, type HumanRuntime } from "../../../src/inference/human-runtime.js";
import { requireBuild, runNode, videoFrames, videosMissing } from "./support.js";

const limits = { minScore: 0.5, maxFaces: 20 };
const humanNames = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"];

const dist = (path: string): string => JSON.stringify(new URL(`../../../dist/${path}`, import.meta.url).href);

/** Human as its own documentation uses it, emotions included. */
interface BareHuman {
  detect(input: unknown, config: object): Promise<{ face: { boxScore: number; faceScore: number; mesh: number[][]; emotion: { score: number; emotion: string }[] }[] }>;
}

describe.skipIf(videosMissing)("the Human analyzer (needs ../shared/video; skipped where it is missing)", () => {
  let runtime: HumanRuntime;
  let analyzer: Analyzer;
  let frames: Picture[];

  let listeners: unknown;

  beforeAll(async () => {
    listeners = ["uncaughtException", "unhandledRejection"].map((event) => process.listeners(event as NodeJS.Signals));
    runtime = await openHuman(limits);
    analyzer = composeAnalyzer({ name: "human", version: runtime.human.version, detector: humanDetector(runtime, humanEmotions(runtime)), ...limits });
    frames = await videoFrames("group.mp4", { width: 320, height: 240, step: 18, count: 5 });
  });

  afterAll(() => analyzer?.close());

  it("leaves no tensor behind in 50 pictures", async () => {
    await analyzer.analyze({ picture: frames[0]! });
    const before = runtime.tf.memory();
    let faces = 0;
    for (let i = 0; i < 50; i++) faces += (await analyzer.analyze({ picture: frames[i % frames.length]! })).length;
    expect(faces).toBeGreaterThan(50);
    expect(runtime.tf.memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
  });

  it("leaves no tensor behind when Human fails half way", async () => {
    const { human, tf } = runtime;
    const failing = humanDetector({ tf, human: { ...human, detect: (input) => (tf.mul(input, 2), Promise.reject(new Error("half way"))) } as HumanRuntime["human"] }, undefined);
    const before = tf.memory().numTensors;
    await expect(failing.detect(frames[0]!)).rejects.toThrow("half way");
    expect(tf.memory().numTensors).toBe(before);
  });

  it("finds what Human alone finds, emotions equal to the two decimals that it gives", async () => {
    const bare = runtime.human as unknown as BareHuman;
    let compared = 0;
    for (const picture of frames) {
      const { data, width, height } = picture;
      const input = runtime.tf.tensor4d(new Float32Array(data), [1, height, width, 3]);
      const { face: theirs } = await bare.detect(input, { face: { detector: { return: false }, emotion: { enabled: true, minConfidence: 0 } } });
      input.dispose();
      await bare.detect(runtime.tf.zeros([1, 8, 8, 3]), { face: { detector: { return: true }, emotion: { enabled: false } } });

      const ours = await analyzer.analyze({ picture });
      expect(ours).toHaveLength(theirs.length);
      for (const face of theirs) {
        const same = ours.find(({ landmarks }) => landmarks[2][0] === face.mesh[1]![0]! + 0.5 && landmarks[2][1] === face.mesh[1]![1]! + 0.5);
        expect(same, "a face with the same nose").toBeDefined();
        expect(same!.score).toBe(Math.min(face.boxScore, face.faceScore));
        for (const { emotion, score } of face.emotion) {
          const name = humanEmotionOrder[humanNames.indexOf(emotion)]!;
          expect(Math.abs(same!.emotions![name] - score), name).toBeLessThan(0.0101);
        }
        compared += emotionNames.length;
      }
    }
    expect(compared).toBeGreaterThan(5 * emotionNames.length);
  });

  it("adds no listener to the process, where the WebAssembly module would end the thread on any lost rejection", () => {
    expect(["uncaughtException", "unhandledRejection"].map((event) => process.listeners(event as NodeJS.Signals))).toEqual(listeners);
  });

  it("does without an emotion model where another classifier will be used", async () => {
    const detector = humanDetector(runtime, undefined);
    const faces = await detector.detect(frames[0]!);
    expect(faces.length).toBeGreaterThan(0);
    expect(faces.every((face) => face.emotions === undefined)).toBe(true);
    expect(detector.models.map(({ role }) => role)).toEqual(["detector", "landmarks"]);
  });
});

describe("openHuman", () => {
  const require = createRequire(import.meta.url);
  const models = join(dirname(require.resolve("@vladmandic/human")), "../models");
  let folder: string;

  beforeAll(async () => {
    requireBuild();
    folder = await mkdtemp(join(tmpdir(), "emostream-models-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  // Human keeps its models in its module, so each case needs a thread of its own: the engine's workers are tested in
  // human-engine.test.ts, and here a fresh process looks at one damaged folder.
  it.each([
    ["a missing model", (dir: string) => rm(join(dir, "facemesh.json"))],
    ["a cut weights file", (dir: string) => truncate(join(dir, "emotion.bin"), 1000)],
    ["a model that is no JSON", (dir: string) => writeFile(join(dir, "blazeface.json"), "not a model")],
  ])("refuses %s with model_invalid", async (what, damage) => {
    const dir = join(folder, what.replaceAll(" ", "-"));
    for (const name of ["blazeface", "facemesh", "emotion"]) for (const ext of ["json", "bin"]) await cp(join(models, `${name}.${ext}`), join(dir, `${name}.${ext}`));
    await damage(dir);
    expect(await outcomeInFreshProcess(dir)).toBe("model_invalid");
  });

  it("opens the undamaged copies", async () => {
    const dir = join(folder, "whole");
    for (const name of ["blazeface", "facemesh", "emotion"]) for (const ext of ["json", "bin"]) await cp(join(models, `${name}.${ext}`), join(dir, `${name}.${ext}`));
    expect(await outcomeInFreshProcess(dir)).toBe("opened");
  });
});

describe("humanDetector", () => {
  beforeAll(requireBuild);

  // In a process of its own: Vitest takes an unhandled rejection for its own matter.
  it("fails the picture whose error Human loses, frees its tensors and goes on", async () => {
    const { stdout } = await runNode(`
      import { openHuman } from ${dist("inference/human-runtime.js")};
      import { humanDetector } from ${dist("inference/human-analyzer.js")};
      const { human, tf } = await openHuman({ minScore: 0.5, maxFaces: 20 });
      const picture = { width: 32, height: 32, pixelFormat: "rgb24", data: new Uint8Array(32 * 32 * 3) };
      const detector = humanDetector({ human, tf }, undefined);
      const before = [tf.memory().numTensors, process.listenerCount("unhandledRejection")];
      const run = human.models.models.blazeface.execute;
      human.models.models.blazeface.execute = () => { throw new Error("no memory"); };
      const lost = await detector.detect(picture).catch((error) => error.message);
      human.models.models.blazeface.execute = run;
      const after = [tf.memory().numTensors, process.listenerCount("unhandledRejection")];
      console.log(JSON.stringify({ lost, same: String(before) === String(after), next: await detector.detect(picture) }));
    `);
    expect(JSON.parse(stdout)).toEqual({ lost: "no memory", same: true, next: [] });
  });
});

/** Opens Human (compiled) with models of that folder: `opened`, or the code of the error. */
async function outcomeInFreshProcess(dir: string): Promise<string> {
  const { stdout } = await runNode(`
    import { openHuman } from ${dist("inference/human-runtime.js")};
    const outcome = await openHuman({ minScore: 0.5, maxFaces: 20 }, ${JSON.stringify(dir)}).then(() => "opened", (error) => error.code);
    process.stdout.write("outcome:" + outcome);
  `);
  return /outcome:(.*)$/s.exec(stdout)?.[1] ?? stdout;
}

