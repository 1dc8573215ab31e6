import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DetectedFace } from "../../../../src/core/engine.js";
import { iou, type Box, type Landmarks } from "../../../../src/core/geometry.js";
import { boxFromPoints, defaultBoxConvention, type BoxConvention } from "../../../../src/training/detector/box-convention.js";
import type { LabelledPhoto, PhotoSetName } from "../../../../src/training/detector/photos.js";
import { openTeacher, teach, withLabels, type Teacher, type TeachOptions } from "../../../../src/training/detector/teach.js";
import { trainDetector } from "../../../../src/training/detector/train-detector.js";
import { stageCheckpointName } from "../../../../src/training/detector/train-stage.js";
import { makeTempFolder, type TempFolder } from "../../../support/temp-folder.js";

// A photo's first pixel says which it is; the teacher knows by heart what it finds in each.

const points: Landmarks = [[110, 110], [140, 110], [125, 125], [113, 140], [137, 140]];
const elsewhere: Landmarks = [[1, 1], [2, 1], [1.5, 2], [1, 3], [2, 3]];
const labelled = { x: 100, y: 90, width: 50, height: 60 };
const stranger = { x: 300, y: 90, width: 50, height: 60 };
/** Too small to be certain of, whatever the score. */
const distant = { x: 30, y: 10, width: 16, height: 19 };

let folder: TempFolder;

beforeEach(async () => {
  folder = await makeTempFolder();
});
afterEach(() => folder.remove());

describe("what the published weights say", () => {
  it("keeps faces that nobody labelled out of the background, where it is not certain of them", async () => {
    const photos = [
      await photo(1, "boxes", [{ box: labelled }]),
      // A portrait has points alone: twice their extent is its face.
      await photo(2, "portrait", [{ points }]),
      await photo(3, "boxes", []),
    ];
    // Overlaps of 5/9 and 1/4 with the label: 20 of 50 columns to the side, and 30.
    const beside = (dx: number) => ({ ...labelled, x: labelled.x + dx });
    expect([iou(labelled, beside(14)), iou(labelled, beside(30))].map((v) => Math.round(100 * v))).toEqual([56, 25]);
    const teacher = new FakeTeacher({ 1: [face(labelled), face(beside(14)), face(beside(30), 0.97), face(stranger, 0.97)], 2: [face({ x: 85, y: 80, width: 90, height: 100 }), face(stranger, 0.71)], 3: [face(stranger, 0.9), face(distant)] });
    const { photos: taught } = await teach(options(photos, teacher));
    expect(taught.map((p) => p.ignore)).toEqual([[beside(30), stranger], [stranger], [stranger, distant]]);
    expect(taught.map((p) => p.faces)).toEqual(photos.map((p) => p.faces));
    const notes = JSON.parse(await readFile(folder.file("taught.json"), "utf8")) as { key: string; photos: Record<string, { ignore: readonly Box[] }> };
    expect(notes.key).toBe("labels");
    expect(Object.values(notes.photos).map((p) => p.ignore)).toEqual(taught.map((p) => p.ignore));
  });

  it("adds the faces that it is certain of, and leaves out people whom nobody labelled", async () => {
    const photos = [await photo(1, "boxes", [{ box: labelled }]), await photo(2, "expression", []), await photo(3, "expression", [])];
    const teacher = new FakeTeacher({ 1: [face(labelled), face(stranger, 0.98)], 2: [face(labelled)], 3: [face(labelled, 0.97)] });
    const { photos: taught } = await teach(options(photos, teacher));
    expect(taught.map(({ name, faces, ignore }) => ({ name, faces, ignore }))).toEqual([
      { name: "boxes/1.png", faces: [{ box: labelled }, { points: elsewhere }], ignore: [] },
      { name: "expression/2.png", faces: [{ points }], ignore: [] },
    ]);
    expect(withLabels(photos)).toEqual(photos.slice(0, 1));
  });

  it("is not asked of photos of one head each, nor of rooms", async () => {
    const photos = [await photo(1, "five-point", [{ points }]), await photo(2, "video-frame", [{ points }]), await photo(3, "room", [])];
    const teacher = new FakeTeacher({});
    const { photos: taught } = await teach(options(photos, teacher));
    expect(teacher.asked).toEqual([]);
    for (const [i, p] of photos.entries()) expect(taught[i]).toBe(p);
  });

  it("gives points only to large, bare faces that it is sure of", async () => {
    const [kind, other] = ["without_mask", { x: 200, y: 90, width: 50, height: 60 }] as const;
    const small = { x: 300, y: 90, width: 39, height: 39 };
    const photos = [
      await photo(1, "boxes", [{ box: other, kind }, { box: labelled, kind }]),
      await photo(2, "boxes", [{ box: labelled, kind: "with_mask" }]),
      await photo(3, "boxes", [{ box: labelled }]),
      await photo(4, "boxes", [{ box: small, kind }]),
      await photo(5, "boxes", [{ box: labelled, kind }]),
      await photo(6, "boxes", [{ box: labelled, kind }]),
    ];
    const teacher = new FakeTeacher({ 1: [face(labelled)], 2: [face(labelled)], 3: [face(labelled)], 4: [face(small)], 5: [face(labelled, 0.98)], 6: [face({ ...labelled, x: labelled.x + 20 })] });
    const { photos: taught } = await teach(options(photos, teacher));
    expect(taught.map((p) => p.faces.map((f) => f.points ?? null))).toEqual([[null, points], [null], [null], [null], [null], [null]]);
    // What the set itself says stays.
    expect(taught[0]!.faces[1]).toEqual({ box: labelled, kind, points });
  });

  it("fits the boxes of a hundred faces, and keeps to a face's proportions with fewer", async () => {
    const drawn: BoxConvention = { height: [1.8, 0.5], width: [0.9, 1], down: 0.5, across: -0.3 };
    const faces = Array.from({ length: 100 }, (_, i) => {
      const [wide, tall] = [0.8 + (i % 7) / 10, 0.8 + (i % 5) / 8];
      const own = points.map(([x, y], k) => [200 * i + (x - 100) * 2 * wide + (k === 2 ? (i % 5) - 2 : 0), (y - 90) * 2 * tall]) as unknown as Landmarks;
      return { own, box: boxFromPoints(own, drawn) };
    });
    const taughtWith = async (count: number) => {
      const some = faces.slice(0, count);
      const photos = [await photo(1, "boxes", some.map(({ box }) => ({ box, kind: "without_mask" })))];
      return (await teach({ ...options(photos, new FakeTeacher({ 1: some.map(({ box, own }) => ({ ...face(box), landmarks: own })) })), run: folder.file(`run${count}`) })).convention;
    };
    for (const count of [99, 100]) await mkdir(folder.file(`run${count}`));
    expect(await taughtWith(99)).toEqual(defaultBoxConvention);
    const fitted = await taughtWith(100);
    for (const { own, box } of faces) expect(iou(boxFromPoints(own, fitted), box)).toBeGreaterThan(0.999);
  });

  it("is read again by a run that goes on, not asked again", async () => {
    const photos = [await photo(1, "boxes", [{ box: labelled, kind: "without_mask" }]), await photo(2, "portrait", [{ points }])];
    const teacher = new FakeTeacher({ 1: [face(labelled), face(stranger)], 2: [face(stranger)] });
    const first = await teach(options(photos, teacher));
    const before = await readFile(folder.file("taught.json"), "utf8");
    expect(teacher.asked).toEqual([1, 2]);
    for (const begun of [false, true]) expect(await teach({ ...options(photos, teacher), begun })).toEqual(first);
    expect(teacher.asked).toEqual([1, 2]);
    expect(await readFile(folder.file("taught.json"), "utf8")).toBe(before);
  });

  it("about other labels is refused once training has begun, and asked again before", async () => {
    const photos = [await photo(1, "boxes", [{ box: labelled }])];
    const teacher = new FakeTeacher({ 1: [face(stranger)] });
    await teach(options(photos, teacher));
    const before = await readFile(folder.file("taught.json"), "utf8");
    const changed = { ...options([await photo(1, "boxes", [{ box: stranger }])], teacher), key: "other labels" };
    await expect(teach({ ...changed, begun: true })).rejects.toThrow(expect.objectContaining({ code: "conflict" }));
    expect(teacher.asked).toEqual([1]);
    expect(await readFile(folder.file("taught.json"), "utf8")).toBe(before);
    expect((await teach(changed)).photos[0]!.ignore).toEqual([]);
    expect(teacher.asked).toEqual([1, 1]);
    expect(JSON.parse(await readFile(folder.file("taught.json"), "utf8"))).toMatchObject({ key: "other labels" });
  });

  it("is whole or not there: a stop, a picture that is none, a file that was cut", async () => {
    const photos = [await photo(1, "boxes", []), await photo(2, "boxes", [])];
    const abort = new AbortController();
    const teacher = new FakeTeacher({ 1: [], 2: [] });
    const stopped = teach({ ...options(photos, teacher), signal: abort.signal, onProgress: (done) => done === 1 && abort.abort() });
    await expect(stopped).rejects.toThrow(expect.objectContaining({ code: "cancelled" }));
    expect(teacher.asked).toEqual([1]);
    await expect(teach(options([{ ...photos[0]!, bytes: new Uint8Array(5) }], teacher))).rejects.toThrow(expect.objectContaining({ code: "invalid_picture", message: expect.stringContaining(photos[0]!.name) as string }));
    expect(await readdir(folder.path)).toEqual([]);
    await writeFile(folder.file("taught.json"), '{"key":"lab');
    await expect(teach(options(photos, teacher))).rejects.toThrow(expect.objectContaining({ code: "corrupt", message: expect.stringContaining("taught.json") as string }));
  });

  it("is not asked by a run that resumes on other photos", async () => {
    await writeFile(folder.file("taught.json"), '{"key":"of other photos","photos":{}}');
    await writeFile(folder.file(stageCheckpointName("pnet")), "");
    const teacher = new FakeTeacher({});
    const resumed = trainDetector({ photos: [await photo(1, "boxes", [])], run: folder.path, resume: true, teacher, backend: "any", signal: new AbortController().signal });
    await expect(resumed).rejects.toThrow(expect.objectContaining({ code: "conflict" }));
    expect(teacher.asked).toEqual([]);
  });

  it("is nothing where there are no weights beside the photos", async () => {
    expect(await openTeacher(folder.path, folder.file("run"))).toBeUndefined();
    await mkdir(folder.file("mtcnn-reference"));
    await expect(openTeacher(folder.path, folder.file("run"))).rejects.toThrow(expect.objectContaining({ code: "data_missing" }));
  });
});

class FakeTeacher implements Teacher {
  readonly asked: number[] = [];
  readonly #answers: Readonly<Record<number, readonly DetectedFace[]>>;
  constructor(answers: Readonly<Record<number, readonly DetectedFace[]>>) {
    this.#answers = answers;
  }
  async find({ data }: { readonly data: Uint8Array }): Promise<readonly DetectedFace[]> {
    this.asked.push(data[0]!);
    return this.#answers[data[0]!]!;
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

function options(photos: readonly LabelledPhoto[], teacher: Teacher): TeachOptions {
  return { photos, key: "labels", teacher, run: folder.path, begun: false, signal: new AbortController().signal };
}

async function photo(id: number, set: PhotoSetName, faces: LabelledPhoto["faces"]): Promise<LabelledPhoto> {
  const bytes = await sharp({ create: { width: 8, height: 8, channels: 3, background: { r: id, g: 0, b: 0 } } }).png().toBuffer();
  return { name: `${set}/${id}.png`, set, bytes, faces, held: false };
}

function face(box: Box, score = 0.995): DetectedFace {
  return { box, score, landmarks: box === labelled ? points : elsewhere };
}
