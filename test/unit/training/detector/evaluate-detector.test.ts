import { readdir, readFile } from "node:fs/promises";
import sharp, { type Sharp } from "sharp";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DetectedFace } from "../../../../src/core/engine.js";
import type { Picture } from "../../../../src/core/frame.js";
import { iou, type Box, type Landmarks, type Point } from "../../../../src/core/geometry.js";
import { readDetectorModel } from "../../../../src/inference/mtcnn/manifest.js";
import { detectorMarkdown, detectorPlots } from "../../../../src/training/detector/detector-report.js";
import { evaluateDetector, type Candidate, type DetectorReport } from "../../../../src/training/detector/evaluate-detector.js";
import type { LabelledPhoto, PhotoSetName } from "../../../../src/training/detector/photos.js";
import { writeDetectorEvaluation } from "../../../../src/training/detector/write-evaluation.js";
import { makeTempFolder, type TempFolder } from "../../../support/temp-folder.js";
import { writeUntrainedDetector } from "../../../support/untrained-detector.js";

// Photos and detectors are made up so that every figure of the report can be worked out by hand. A photo's first pixel says which it is; portraits are five
// coloured spots, which the detectors find wherever they are turned to.

const nobody: Landmarks = [[0, 0], [1, 0], [0, 1], [1, 1], [2, 2]];
const sizes = { width: 400, height: 300 };
const portraitSize = { width: 161, height: 120 };
const spots: Landmarks = [[60, 40], [100, 40], [80, 60], [65, 85], [95, 85]];
const colours = ["#ff0000", "#00ff00", "#0000ff", "#ffff00", "#ff00ff"] as const;

/** Two boxed photos: name of the face, box, what its label says, and the score that the detectors give it; none where they do not see it. */
const labelled: readonly { readonly photo: number; readonly box: Box; readonly kind?: string; readonly score?: number }[] = [
  { photo: 1, box: { x: 20, y: 20, width: 100, height: 100 }, kind: "with_mask", score: 0.95 },
  { photo: 1, box: { x: 200, y: 30, width: 50, height: 60 }, kind: "without_mask", score: 0.9 },
  { photo: 1, box: { x: 300, y: 40, width: 30, height: 25 }, kind: "with_incorrect_mask", score: 0.4 },
  { photo: 1, box: { x: 350, y: 200, width: 12, height: 15 }, score: 0.7 },
  { photo: 2, box: { x: 30, y: 150, width: 80, height: 70 }, kind: "without_mask", score: 0.8 },
  { photo: 2, box: { x: 200, y: 150, width: 40, height: 30 }, kind: "with_mask", score: 0.85 },
  { photo: 2, box: { x: 300, y: 100, width: 20, height: 18 }, kind: "without_mask" },
];
/** Where nobody is labelled: one that is sure, and one that is not. */
const unlabelled: readonly { readonly photo: number; readonly box: Box; readonly score: number }[] = [
  { photo: 1, box: { x: 200, y: 200, width: 40, height: 40 }, score: 0.99 },
  { photo: 2, box: { x: 340, y: 220, width: 30, height: 30 }, score: 0.45 },
];
/** Scores of what is seen in rooms 20 to 23. */
const ghosts: readonly (readonly number[])[] = [[0.9, 0.6, 0.3], [0.5], [], [0.49]];

let photos: LabelledPhoto[];
let report: DetectorReport;
let steps: readonly [done: number, total: number][];
let folder: TempFolder;

beforeAll(async () => {
  photos = [
    await drawn("boxes", 1, boxed(1)),
    await drawn("boxes", 2, boxed(2)),
    // Found where they are; found 5 of 40 pixels off; found 30 of 40 pixels off, which is another face; not found.
    await drawn("portrait", 10, { faces: [off([0, 0])] }),
    await drawn("portrait", 11, { faces: [off([3, 4])] }),
    await drawn("portrait", 12, { faces: [off([30, 0])] }),
    await drawn("portrait", 13, { faces: [off([0, 0])] }, false),
    await drawn("video-frame", 15, { faces: [off([0, 2])] }),
    ...(await Promise.all([20, 21, 22, 23].map((id) => drawn("room", id, { faces: [] })))),
    // Trained on: looking at it would fail.
    { name: "trained.jpg", set: "boxes", held: false, bytes: new Uint8Array(3), faces: [] },
  ];
  const seen: [number, number][] = [];
  report = await evaluateDetector({ photos, detectors: [exact, shifted], signal: new AbortController().signal, onProgress: (done, total) => seen.push([done, total]) });
  steps = seen;
});
beforeEach(async () => {
  folder = await makeTempFolder();
});
afterEach(() => folder.remove());

describe("an evaluation of detectors", () => {
  it("counts what it looked at, and says how far it is", () => {
    expect(report.photos).toEqual({ boxes: 2, "five-point": 0, "video-frame": 1, portrait: 4, expression: 0, room: 4 });
    expect(report.labels).toBe(7);
    // Boxes at four blurs, portraits at seven turns.
    const total = 4 * 2 + 7 * 4 + 1 + 4;
    expect(steps).toEqual(Array.from({ length: total }, (_, i) => [i + 1, total]));
  });

  it("has the average precision, recall and precision of the detections in their order", () => {
    for (const d of report.detectors) {
      // From the surest on: wrong, five right ones, wrong, right; seven labels. Five of six at best, then six of eight.
      expect(d.averagePrecision, d.name).toBeCloseTo((5 * (5 / 6) + 6 / 8) / 7, 9);
      // At 0.5: six answers, five of them right.
      expect(d.recall, d.name).toBeCloseTo(5 / 7, 12);
      expect(d.precision, d.name).toBeCloseTo(5 / 6, 12);
      expect(d.curve).toHaveLength(8);
      expect(d.curve[0]![0]).toBe(0);
      expect(d.curve.at(-1)![0]).toBeCloseTo(6 / 7, 12);
    }
  });

  it("leaves out of the second precision only what another is sure of too", () => {
    // The sure one is found by both, the unsure one (0.45) by both below one half: five right ones, wrong, right.
    for (const d of report.detectors) expect(d.averagePrecisionAgreed, d.name).toBeCloseTo((5 + 6 / 7) / 7, 9);
  });

  it("moves and grows each detector's boxes by its median difference from the labels", () => {
    const [a, b] = report.detectors;
    for (const [key, value] of Object.entries({ x: 0, y: 0, width: 1, height: 1 })) expect(a!.shift[key as keyof Box]).toBeCloseTo(value, 9);
    for (const [key, value] of Object.entries({ x: 0, y: -0.25, width: 1 / 1.3, height: 1 / 1.3 })) expect(b!.shift[key as keyof Box]).toBeCloseTo(value, 9);
    // As they are, they would all be wrong.
    for (const { box } of labelled) expect(iou(grown(box), box)).toBeLessThan(0.5);
    expect(b!.averagePrecision).toBeCloseTo(a!.averagePrecision, 12);
  });

  it("has the recall by size and by mask", () => {
    for (const d of report.detectors) {
      expect(d.bySize, d.name).toEqual({ "12-20": { faces: 1, recall: 1 }, "20-40": { faces: 2, recall: 0 }, "40-80": { faces: 2, recall: 1 }, "80+": { faces: 2, recall: 1 } });
      expect(d.byMask, d.name).toEqual({ without_mask: { faces: 3, recall: 2 / 3 }, with_mask: { faces: 2, recall: 1 }, with_incorrect_mask: { faces: 1, recall: 0 } });
    }
  });

  it("counts false alarms and missed portraits from the threshold on", () => {
    const [a, b] = report.detectors;
    // Three in four rooms: 0.9, 0.6 and 0.5.
    expect([a!.falseAlarmsPer100Rooms, b!.falseAlarmsPer100Rooms]).toEqual([75, 75]);
    expect([a!.portraitsMissed, b!.portraitsMissed]).toEqual([2, 3]);
  });

  it("has the errors of the points, of each and where all found the face", () => {
    const [a, b] = report.detectors;
    expect(a!.pointErrors.portrait.own.faces).toBe(2);
    expect(a!.pointErrors.portrait.own.mean).toBeCloseTo(100 * (0 + 5 / 40) / 2, 1);
    expect(a!.pointErrors.portrait.own.median).toBeCloseTo(100 * (0 + 5 / 40) / 2, 1);
    expect(b!.pointErrors.portrait.own.faces).toBe(1);
    for (const d of [a!, b!]) {
      expect(d.pointErrors.portrait.common.faces).toBe(1);
      expect(d.pointErrors.portrait.common.mean).toBeCloseTo(100 * (5 / 40), 1);
      expect(d.pointErrors["video-frame"].own).toEqual(d.pointErrors["video-frame"].common);
      expect(d.pointErrors["video-frame"].own.mean).toBeCloseTo(100 * (2 / 40), 1);
    }
  });

  it("turns portraits and their points alike", () => {
    const [a] = report.detectors;
    expect(a!.roll.map((r) => r.degrees)).toEqual([-45, -30, -15, 0, 15, 30, 45]);
    for (const { degrees, found, pointError } of a!.roll) {
      expect(found, `${degrees}`).toBe(0.5);
      // The mean of none and 12.5 %; spots are found to a quarter of a pixel of 40.
      expect(Math.abs(pointError - 6.25), `${degrees}`).toBeLessThan(0.3);
    }
  });

  it("softens the boxed photos by what it says", () => {
    // A white pixel on black keeps 63 of 255 at a sigma of 0.8, 10 at 2; the detectors need 20.
    for (const d of report.detectors) expect(d.blur.map((b) => [b.sigma, b.recall > 0])).toEqual([[0, true], [0.8, true], [2, false], [4, false]]);
    expect(report.detectors[0]!.blur[1]!.recall).toBeCloseTo(5 / 7, 12);
  });

  it("divides the time among the stages, of the boxed photos as they are alone", () => {
    const [a, b] = report.detectors;
    expect(a!.stageShares).toEqual({ pyramid: 0.25, pnet: 0.5, rnet: 0.25, onet: 0 });
    expect(b).not.toHaveProperty("stageShares");
    expect(Number.isFinite(a!.milliseconds)).toBe(true);
  });

  it("of a detector that finds nothing is all naughts, and can be printed and drawn", async () => {
    const none = await evaluateDetector({ photos, detectors: [{ ...exact, name: "none", detect: async () => [] }], signal: new AbortController().signal });
    const [d] = none.detectors;
    expect([d!.averagePrecision, d!.averagePrecisionAgreed, d!.recall, d!.precision, d!.falseAlarmsPer100Rooms, d!.portraitsMissed]).toEqual([0, 0, 0, 0, 0, 4]);
    expect(d!.pointErrors.portrait.own).toEqual({ faces: 0, mean: 0, median: 0 });
    expect(detectorMarkdown(none)).not.toMatch(/NaN|undefined|Infinity/);
    expect((await sharp(await detectorPlots(none)).metadata()).format).toBe("png");
  });

  it("needs held photos of every kind, readable ones, and stops when told", async () => {
    const signal = new AbortController().signal;
    for (const set of ["boxes", "portrait", "room"] as const) {
      await expect(evaluateDetector({ photos: photos.filter((p) => p.set !== set), detectors: [exact], signal }), set).rejects.toThrow(expect.objectContaining({ code: "data_missing" }));
    }
    await expect(evaluateDetector({ photos: photos.map((p) => ({ ...p, held: false })), detectors: [exact], signal })).rejects.toThrow(expect.objectContaining({ code: "data_missing" }));
    await expect(evaluateDetector({ photos: photos.map((p) => ({ ...p, bytes: p.bytes.subarray(0, 20) })), detectors: [exact], signal })).rejects.toThrow(expect.objectContaining({ code: "invalid_picture" }));
    const abort = new AbortController();
    const stopped = evaluateDetector({ photos, detectors: [exact], signal: abort.signal, onProgress: (done) => done === 5 && abort.abort() });
    await expect(stopped).rejects.toThrow(expect.objectContaining({ code: "cancelled" }));
  });
});

describe("the report", () => {
  it("as Markdown holds the figures in its tables, each row as wide as its head", () => {
    const text = detectorMarkdown(report, 1);
    const lines = text.split("\n");
    expect(lines[0]).toBe("# Evaluation");
    for (const line of [
      "| figure | exact 1 | shifted 2 |",
      "| average precision | 70.2 % | 70.2 % |",
      "| the same, without detections on unlabelled places that two detectors agree on | 83.7 % | 83.7 % |",
      "| recall | 71.4 % | 71.4 % |",
      "| recall, 20-40 px (2 faces) | 0.0 % | 0.0 % |",
      "| recall, without mask (3) | 66.7 % | 66.7 % |",
      "| portraits missed | 2 | 3 |",
      "| false alarms in 100 rooms | 75.0 | 75.0 |",
      "| time of halvings, P-, R-, O-Net | 25.0 %, 50.0 %, 25.0 %, 0.0 % |  |",
      "| MMAC of a window of P-, R-, O-Net | 0.10, 1.0, 10 |  |",
      "| 2 | 0.0 % | 0.0 % |",
    ]) expect(lines).toContain(line);
    expect(text).toContain("2 photos with 7 boxed faces, 4 portraits, 1 heads from videos and 4 rooms");
    for (const line of lines.filter((l) => l.startsWith("|"))) expect(line.split("|")).toHaveLength(5);
  });

  it("is written as whole files beside the model it measured, whose manifest takes its figures", async () => {
    await writeUntrainedDetector(folder.path, { change: { metrics: { old: 1 } } });
    await writeDetectorEvaluation(folder.path, folder.path, report);
    expect((await readdir(folder.path)).toSorted()).toEqual(["README.md", "evaluation.json", "evaluation.md", "evaluation.png", "manifest.json", "onet.onnx", "pnet.onnx", "rnet.onnx"]);
    expect(JSON.parse(await readFile(folder.file("evaluation.json"), "utf8"))).toEqual(report);
    expect(await readFile(folder.file("evaluation.md"), "utf8")).toBe(detectorMarkdown(report, 1));
    expect((await sharp(await readFile(folder.file("evaluation.png"))).metadata()).format).toBe("png");
    expect(await readFile(folder.file("README.md"), "utf8")).toContain(detectorMarkdown(report, 2));
    // The folder is still a model's.
    const { manifest } = await readDetectorModel(folder.path);
    const [{ averagePrecision, recall, precision, pointErrors }] = report.detectors as [DetectorReport["detectors"][number]];
    expect(manifest.metrics).toEqual({ averagePrecision, recall, precision, falseAlarmsPer100Rooms: 75, portraitsMissed: 2, pointError: pointErrors.portrait.own.mean });
  });

  it("written elsewhere leaves the model as it is", async () => {
    await writeUntrainedDetector(folder.path);
    const before = await readFile(folder.file("manifest.json"), "utf8");
    await writeDetectorEvaluation(folder.path, folder.file("new/report"), report);
    expect((await readdir(folder.file("new/report"))).toSorted()).toEqual(["README.md", "evaluation.json", "evaluation.md", "evaluation.png"]);
    expect(await readFile(folder.file("manifest.json"), "utf8")).toBe(before);
    await expect(writeDetectorEvaluation(folder.file("none"), folder.file("other"), report)).rejects.toThrow(expect.objectContaining({ code: "model_invalid" }));
  });
});

/** Spent on each picture, milliseconds. */
const spent = { pyramid: 0, pnet: 0, rnet: 0, onet: 0 };

/** Gives the labels' own boxes. */
const exact: Candidate = {
  name: "exact", version: "1", threshold: 0.5, times: spent, megaMultiplications: { pnet: 0.1, rnet: 1, onet: 10 },
  async detect(picture) {
    if (picture.width === sizes.width) {
      spent.pyramid += 1;
      spent.pnet += 2;
      spent.rnet += 1;
    }
    return facesIn(picture, (box) => box);
  },
};

/** Sees the same, in larger boxes that lie lower; and in portraits only those that are not quite true. */
const shifted: Candidate = {
  name: "shifted", version: "2", threshold: 0.5,
  detect: async (picture) => (idOf(picture) === 10 ? [] : facesIn(picture, grown)),
};

function grown({ x, y, width, height }: Box): Box {
  return { x: x - 0.15 * width, y: y - 0.15 * height + 0.25 * 1.3 * height, width: 1.3 * width, height: 1.3 * height };
}

function facesIn(picture: Picture, as: (box: Box) => Box): DetectedFace[] {
  const id = idOf(picture);
  if (picture.width !== sizes.width) return spotted(picture);
  if (id >= 20) return ghosts[id - 20]!.map((score) => ({ box: { x: 50, y: 50, width: 40, height: 40 }, score, landmarks: nobody }));
  if (peakOf(picture) < 20) return [];
  return [...labelled, ...unlabelled].flatMap(({ photo: own, box, score }) => (own !== id || score === undefined ? [] : [{ box: as(box), score, landmarks: nobody }]));
}

/** The face whose points are the middles of the five coloured spots, where all are there. */
function spotted({ width, data }: Picture): DetectedFace[] {
  const sums = colours.map(() => ({ x: 0, y: 0, pixels: 0 }));
  const wanted = colours.map((colour) => [1, 3, 5].map((i) => Number.parseInt(colour.slice(i, i + 2), 16)));
  for (let i = 0; i < data.length; i += 3) {
    const k = wanted.findIndex((colour) => colour.every((value, c) => Math.abs(value - data[i + c]!) < 90));
    if (k === -1) continue;
    sums[k]!.x += (i / 3) % width + 0.5;
    sums[k]!.y += Math.floor(i / 3 / width) + 0.5;
    sums[k]!.pixels++;
  }
  if (sums.some(({ pixels }) => pixels === 0)) return [];
  return [{ box: { x: 40, y: 20, width: 80, height: 80 }, score: 0.9, landmarks: sums.map(({ x, y, pixels }): Point => [x / pixels, y / pixels]) as unknown as Landmarks }];
}

/** Portraits that were turned have lost theirs. */
function idOf({ data }: Picture): number {
  return data[0]!;
}

/** The brightest value of the part that has a single white pixel. */
function peakOf({ width, data }: Picture): number {
  let peak = 0;
  for (let y = 130; y < 150; y++) for (let x = 130; x < 150; x++) peak = Math.max(peak, data[(y * width + x) * 3 + 1]!);
  return peak;
}

/** A photo as PNG, so that its pixels come back; `withSpots` for portraits and heads from videos. */
async function drawn(set: PhotoSetName, id: number, { faces }: Pick<LabelledPhoto, "faces">, withSpots = true): Promise<LabelledPhoto> {
  const own = set === "portrait" || set === "video-frame" ? portraitSize : sizes;
  const image: Sharp = sharp({ create: { ...own, channels: 3, background: { r: id, g: 0, b: 0 } } });
  // A spot of 8 pixels about (60, 40) fills 56 to 63: its middle is where its label says.
  const parts = own === sizes ? [dot("#ffffff", [140, 140], 1)] : withSpots ? spots.map((p, i) => dot(colours[i]!, p, 8)) : [];
  return { name: `${set}/${id}.png`, set, held: true, bytes: await image.composite(parts).png().toBuffer(), faces, size: [own.width, own.height] };
}

function dot(colour: string, [x, y]: Point, side: number) {
  return { input: { create: { width: side, height: side, channels: 3 as const, background: colour } }, left: Math.round(x - side / 2), top: Math.round(y - side / 2) };
}

/** The labels of a boxed photo. */
function boxed(id: number): Pick<LabelledPhoto, "faces"> {
  return { faces: labelled.filter((f) => f.photo === id).map(({ box, kind }) => ({ box, ...(kind === undefined ? {} : { kind }) })) };
}

/** A portrait's label, so far from the spots. */
function off([dx, dy]: Point): { readonly points: Landmarks } {
  return { points: spots.map(([x, y]) => [x + dx, y + dy]) as unknown as Landmarks };
}
