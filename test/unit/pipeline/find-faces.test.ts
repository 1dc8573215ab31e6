// What the engine is asked about a sequence of frames.

import { describe, expect, test } from "vitest";
import type { DetectedFace, Engine, EngineInput } from "../../../src/core/engine.js";
import type { Frame } from "../../../src/core/frame.js";
import { createFindFaces } from "../../../src/pipeline/find-faces.js";
import { StillPictures } from "../../../src/pipeline/still-pictures.js";
import { analysis, face, FakeEngine, settle } from "./fakes.js";

const tracked = { ...analysis, detection: "tracked" } as const;
const wanted = () => true;

/** A frame of 25 a second. */
function frame(seq: number): Frame {
  const picture = { width: 100, height: 50, pixelFormat: "rgb24", data: new Uint8Array(15_000) } as const;
  return { seq, ptsMs: seq * 40, epoch: 0, receivedAtMs: 0, sourceWidth: 100, sourceHeight: 50, picture, release: () => undefined };
}

const at = (x: number) => face({ x, y: 10, width: 20, height: 20 });

/** An engine that answers each question from a function, and the questions: `all`, or where the hints were. */
function scripted(answer: (input: EngineInput, call: number) => readonly DetectedFace[], follows = true) {
  const asked: (string | number[])[] = [];
  const engine: Engine = {
    info: { name: "scripted", version: "0", models: [], follows },
    concurrency: 1,
    analyze: async ([input]) => {
      asked.push(input!.hints === undefined ? "all" : input!.hints.map(({ x }) => x));
      return [answer(input!, asked.length - 1)];
    },
    close: () => Promise.resolve(),
  };
  return { engine, asked };
}

async function facesOf(engine: Engine, settings: typeof analysis, frames: number, tries = 1): Promise<number[][]> {
  const find = createFindFaces(engine, settings, { tries });
  // All at once, as a file's frames come: each waits for the one before by itself.
  const found = await Promise.all(Array.from({ length: frames }, (_, i) => find(frame(i), wanted)));
  return found.map((faces) => faces.map(({ box }) => box.x));
}

test("every-frame asks about everything in every frame", async () => {
  const { engine, asked } = scripted(() => [at(10)]);
  expect(await facesOf(engine, analysis, 3)).toEqual([[10], [10], [10]]);
  expect(asked).toEqual(["all", "all", "all"]);
});

test("tracked asks about everything in key frames, and about the faces of the frame before in between", async () => {
  const { engine, asked } = scripted(({ hints }) => (hints === undefined ? [at(10), at(60)] : hints.map(({ x }) => at(x + 1))));
  expect(await facesOf(engine, tracked, 8)).toEqual([[10, 60], [11, 61], [12, 62], [13, 63], [14, 64], [15, 65], [10, 60], [11, 61]]);
  expect(asked.filter((question) => question === "all")).toHaveLength(2);
  expect(asked.filter((question) => question !== "all")).toEqual([[10, 60], [10, 60], [11, 61], [12, 62], [13, 63], [14, 64]].toSorted());
});

test("a lost face makes the same frame be looked at everywhere, once", async () => {
  const { engine, asked } = scripted(({ hints }, call) => (hints === undefined ? (call === 0 ? [at(10), at(60)] : [at(12)]) : hints.filter(({ x }) => x < 50).map(({ x }) => at(x))));
  expect(await facesOf(engine, tracked, 4)).toEqual([[10, 60], [12], [12], [12]]);
  expect(asked).toEqual(["all", [10, 60], "all", [12], [12]]);
});

test("nobody there: the engine is not asked until the next key frame", async () => {
  const { engine, asked } = scripted(() => []);
  expect(await facesOf(engine, tracked, 7)).toEqual([[], [], [], [], [], [], []]);
  expect(asked).toEqual(["all", "all"]);
});

test("an engine that cannot follow is asked about everything", async () => {
  const { engine, asked } = scripted(() => [at(10)], false);
  await facesOf(engine, tracked, 3);
  expect(asked).toEqual(["all", "all", "all"]);
});

/** Finds one face, and follows it, but for one call. */
function failingAt(failure: number) {
  return scripted(({ hints }, call) => {
    if (call === failure) throw new Error(`call ${call}`);
    return hints === undefined ? [at(10)] : hints.map(({ x }) => at(x));
  });
}

test("a failing engine is asked again; where that was in vain the next frame is looked at everywhere", async () => {
  const once = failingAt(1);
  expect(await facesOf(once.engine, tracked, 2, 2)).toEqual([[10], [10]]);
  expect(once.asked).toEqual(["all", [10], [10]]);

  const twice = failingAt(1);
  const find = createFindFaces(twice.engine, tracked);
  const answers = await Promise.allSettled([0, 1, 2].map((i) => find(frame(i), wanted)));
  expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(twice.asked).toEqual(["all", [10], "all"]);
});

test("nobody waits any more: frames that are not yet asked about are answered without the engine", async () => {
  const engine = new FakeEngine(1, true);
  const find = createFindFaces(engine, tracked);
  let isWanted = true;
  const answers = [0, 1, 2].map((i) => find(frame(i), () => isWanted));
  await settle();
  isWanted = false;
  engine.calls[0]!.answer([at(10)]);
  expect((await Promise.all(answers)).map((faces) => faces.length)).toEqual([1, 0, 0]);
  expect(engine.calls).toHaveLength(1);
});

/** A frame that carries its number in its pixels. */
function numbered(seq: number): Frame {
  const plain = frame(seq);
  plain.picture.data.fill(seq);
  return plain;
}

const seldom = (emotionsEveryMs: number) => ({ ...analysis, emotionsEveryMs });

describe("faces that are not classified in every frame", () => {
  const happy = { anger: 0, disgust: 0, fear: 0, happiness: 1, sadness: 0, surprise: 0, neutral: 0 };

  /** An engine with faces at fixed places that finds and classifies apart; what it was asked to classify, by `x`, and in which frame. */
  function apart(placesOf: (seq: number) => readonly number[], answerAfter: (seq: number, known: boolean) => Promise<void> = () => Promise.resolve()) {
    const classified: string[] = [];
    const engine: Engine = {
      info: { name: "apart", version: "0", models: [], classifies: true, follows: true },
      concurrency: 4,
      analyze: async ([input]) => {
        const { picture, known, classify } = input!;
        const seq = picture.data[0]!;
        await answerAfter(seq, known !== undefined);
        if (known === undefined) {
          expect(classify).toBe(false);
          return [placesOf(seq).map(at)];
        }
        classified.push(`${seq}: ${known.map(({ box }) => box.x).join(" ")}`);
        return [known.map((one) => ({ ...one, emotions: happy }))];
      },
      close: () => Promise.resolve(),
    };
    return { engine, classified };
  }

  test("each face when it appears, and then so often; new ones do not wait for the others", async () => {
    const { engine, classified } = apart((seq) => (seq < 2 ? [10] : [10, 60]));
    const find = createFindFaces(engine, seldom(200));
    const found = await Promise.all(Array.from({ length: 12 }, (_, seq) => find(numbered(seq), wanted)));
    // 40 ms a frame.
    expect(classified.toSorted()).toEqual(["0: 10", "10: 10", "2: 60", "5: 10", "7: 60"]);
    expect(found.map((faces) => faces.map(({ emotions }) => emotions !== undefined))).toEqual([
      [true], [false], [false, true], [false, false], [false, false], [true, false], [false, false], [false, true], [false, false], [false, false], [true, false], [false, false],
    ]);
  });

  test("the same whatever comes back first, and frames do not wait for each other's emotions", async () => {
    const slow = apart(() => [10], async (seq, known) => {
      for (let turns = known ? 40 : (seq * 7) % 5; turns > 0; turns--) await Promise.resolve();
    });
    const find = createFindFaces(slow.engine, seldom(100));
    const done: number[] = [];
    await Promise.all(Array.from({ length: 6 }, (_, seq) => find(numbered(seq), wanted).then(() => done.push(seq))));
    expect(slow.classified).toEqual(["0: 10", "3: 10"]);
    expect(done.indexOf(1)).toBeLessThan(done.indexOf(0));
  });

  test("followed faces too", async () => {
    const { engine, classified } = apart(() => [10]);
    const find = createFindFaces(engine, { ...tracked, emotionsEveryMs: 120 });
    await Promise.all(Array.from({ length: 7 }, (_, seq) => find(numbered(seq), wanted)));
    expect(classified).toEqual(["0: 10", "3: 10", "6: 10"]);
  });

  test("what could not be classified is due again in the next frame", async () => {
    let failures = 1;
    const { engine, classified } = apart(() => [10], (_seq, known) => (known && failures-- > 0 ? Promise.reject(new Error("no")) : Promise.resolve()));
    const find = createFindFaces(engine, seldom(1000));
    await expect(find(numbered(0), wanted)).rejects.toThrow("no");
    await find(numbered(1), wanted);
    await find(numbered(2), wanted);
    expect(classified).toEqual(["1: 10"]);
  });

  test("an engine that cannot do one without the other is asked as ever", async () => {
    const engine = new FakeEngine();
    void createFindFaces(engine, seldom(1000))(frame(0), wanted);
    expect(engine.calls[0]!.input).not.toHaveProperty("classify");
  });

  test("faces are looked for more closely where the settings say so", () => {
    const engine = new FakeEngine();
    void createFindFaces(engine, { ...analysis, thorough: true })(frame(0), wanted);
    expect(engine.calls[0]!.input.detect).toEqual({ thorough: true });
  });

  test("faces are seen in a mirror, too, where the settings say so", async () => {
    const engine = new FakeEngine();
    void createFindFaces(engine, { ...analysis, mirror: true })(frame(0), wanted);
    expect(engine.calls[0]!.input.classify).toEqual({ mirror: true });
  });
});

/** Pictures as the room looks in each frame, and what the engine was asked: the numbers of the frames. */
async function watch(greyOf: (seq: number) => number, placesOf: (seq: number) => boolean, frames: number, gated = true, settings: typeof analysis = analysis) {
  const asked: number[] = [];
  let seq = 0;
  const engine: Engine = {
    info: { name: "eye", version: "0", models: [], follows: true },
    concurrency: 1,
    analyze: async () => {
      asked.push(seq);
      return [placesOf(seq) ? [at(10)] : []];
    },
    close: () => Promise.resolve(),
  };
  const stills: number[] = [];
  const pictures = gated ? new StillPictures(settings.trackGapMs, (one) => stills.push(one.seq)) : undefined;
  const find = createFindFaces(engine, settings, pictures && { stills: pictures });
  const faces: number[] = [];
  for (; seq < frames; seq++) {
    const one = frame(seq);
    // A bright part that moves.
    one.picture.data.fill(greyOf(seq), 0, 3000);
    pictures?.isStill(one);
    faces.push((await find(one, wanted)).length);
  }
  return { asked, stills, faces };
}

describe("the motion gate of live streams", () => {
  test("an empty picture is looked at for a second and a frame, and then every 480 ms at 40 ms a frame", async () => {
    const { asked, stills, faces } = await watch(() => 90, () => false, 60);
    expect(asked.filter((seq) => seq > 25)).toEqual([37, 49]);
    expect(asked.filter((seq) => seq <= 25)).toEqual(Array.from({ length: 26 }, (_, i) => i));
    expect(asked.length + stills.length).toBe(60);
    expect(faces).toEqual(Array.from({ length: 60 }, () => 0));
  });

  test("what moves is looked at in the same frame", async () => {
    const { asked } = await watch((seq) => (seq < 40 ? 90 : 140), () => false, 44);
    expect(asked.filter((seq) => seq > 25)).toEqual([37, 40]);
  });

  test("never while a face is there or may come back", async () => {
    const { stills, faces } = await watch(() => 90, (seq) => seq < 30, 70);
    expect(faces.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 1));
    expect(Math.min(...stills)).toBeGreaterThan(29 + 25 - 1);
  });

  test("not while an answer is still to come, nor after a failure", async () => {
    const engine = new FakeEngine(2);
    const stills: number[] = [];
    const pictures = new StillPictures(0, (one) => stills.push(one.seq));
    const look = createFindFaces(engine, analysis, { stills: pictures });
    const find = (one: Frame) => (pictures.isStill(one), look(one, wanted));
    const [first, second] = [find(frame(0)), find(frame(30))];
    expect(engine.calls).toHaveLength(2);
    engine.calls[0]!.answer();
    engine.calls[1]!.fail(new Error("no"));
    await first;
    await expect(second).rejects.toThrow("no");
    void find(frame(31));
    expect(engine.calls).toHaveLength(3);
    expect(stills).toEqual([]);
  });

  test("off, or in files, every frame is looked at", async () => {
    expect((await watch(() => 90, () => false, 60, false)).asked).toHaveLength(60);
    const { engine, asked } = scripted(() => []);
    await facesOf(engine, { ...analysis, motionGate: true }, 60);
    expect(asked).toHaveLength(60);
  });
});
