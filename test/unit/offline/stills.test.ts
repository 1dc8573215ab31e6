import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/core/config.js";
import type { DetectedFace, Engine, EngineInput } from "../../../src/core/engine.js";
import type { Picture } from "../../../src/core/frame.js";
import { rgbOf } from "../../../src/core/planar.js";
import { compareWithTruth, comparisonTable, createPredictService, drawPicture, emotionOf, findPictures, predictLine, predictPicture, predictTable, type PredictPictureOptions } from "../../../src/offline/index.js";
import { predictionSchema } from "../../../src/server/services.js";
import { scores } from "./fakes.js";

const settings = parseConfig({}).analysis;
const maxPixels = 67_108_864;

/** Sees what it is given, and finds one face in the top left quarter. */
function seeing(): { readonly engine: Engine; readonly inputs: EngineInput[] } {
  const inputs: EngineInput[] = [];
  const engine: Engine = {
    info: { name: "seeing", version: "1", models: [] },
    concurrency: 1,
    analyze(batch) {
      inputs.push(...batch);
      return Promise.resolve(batch.map(({ picture: { width: w, height: h } }): DetectedFace[] => [{ box: { x: 0, y: 0, width: w / 2, height: h / 2 }, score: 0.9, landmarks: [[w / 4, h / 4], [w / 4, h / 4], [w / 4, h / 4], [w / 4, h / 4], [w / 4, h / 4]], emotions: scores("surprise", 0.4) }]));
    },
    close: () => Promise.resolve(),
  };
  return { engine, inputs };
}

async function predict(input: Uint8Array | string, changes: Partial<PredictPictureOptions> = {}) {
  const { engine, inputs } = seeing();
  const result = await predictPicture(input, { engine, settings, maxPixels, ...changes });
  const picture = inputs[0]?.picture;
  if (picture === undefined) throw new Error("no picture reached the engine");
  return { result, picture: rgbOf(picture), input: inputs[0] };
}

// Red, green, blue and white in the four corners of 80 x 40.
const [W, H] = [80, 40];
const shown = (x: number, y: number): number[] => (y < H / 2 ? (x < W / 2 ? [230, 20, 30] : [20, 200, 40]) : x < W / 2 ? [30, 40, 220] : [240, 240, 240]);

/** Where a stored pixel is shown, by EXIF 2.32, tag 0x0112: what row 0 and column 0 of the stored picture are. */
const whereShown: Record<number, (row: number, column: number) => [x: number, y: number]> = {
  1: (r, c) => [c, r],
  2: (r, c) => [W - 1 - c, r],
  3: (r, c) => [W - 1 - c, H - 1 - r],
  4: (r, c) => [c, H - 1 - r],
  5: (r, c) => [r, c],
  6: (r, c) => [W - 1 - r, c],
  7: (r, c) => [W - 1 - r, H - 1 - c],
  8: (r, c) => [r, H - 1 - c],
};

function corners(orientation = 1): Sharp {
  const turned = orientation >= 5;
  const [width, height] = turned ? [H, W] : [W, H];
  const data = new Uint8Array(width * height * 3);
  for (let r = 0; r < height; r += 1) for (let c = 0; c < width; c += 1) data.set(shown(...(whereShown[orientation]?.(r, c) ?? [0, 0])), (r * width + c) * 3);
  return sharp(data, { raw: { width, height, channels: 3 } });
}

function expectCorners(picture: Picture, tolerance: number): void {
  for (const [x, y] of [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]] as const) {
    const i = (Math.floor(y * picture.height) * picture.width + Math.floor(x * picture.width)) * 3;
    const expected = shown(Math.floor(x * W), Math.floor(y * H));
    const found = [...picture.data.subarray(i, i + 3)];
    expect(Math.max(...found.map((v, j) => Math.abs(v - (expected[j] ?? 0)))), `at ${x},${y}: ${found.join()} for ${expected.join()}`).toBeLessThanOrEqual(tolerance);
  }
}

describe("pictures of every kind", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("EXIF orientation %i is shown upright, and boxes refer to that", async (orientation) => {
    const bytes = await corners(orientation).withMetadata({ orientation }).jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer();
    const { result, picture } = await predict(bytes);
    expect([result.width, result.height, picture.width, picture.height]).toEqual([W, H, W, H]);
    expectCorners(picture, 6);
    expect(result.faces[0]?.box).toEqual({ x: 0, y: 0, width: 40, height: 20 });
    const drawn = await sharp(await drawPicture(bytes, result, maxPixels)).metadata();
    expect([drawn.format, drawn.width, drawn.height]).toEqual(["png", W * 4, H * 4]);
  });

  it.each([
    ["JPEG", () => corners().jpeg({ quality: 95 }), 40],
    ["PNG", () => corners().png(), 0],
    ["PNG, palette", () => corners().png({ palette: true }), 2],
    ["PNG, 16 bit", () => corners().toColourspace("rgb16").png(), 1],
    ["WebP", () => corners().webp({ lossless: true }), 0],
    ["AVIF", () => corners().avif({ quality: 90 }), 25],
    ["GIF", () => corners().gif(), 2],
    ["TIFF", () => corners().tiff({ compression: "lzw" }), 0],
    ["TIFF, CMYK", () => corners().toColourspace("cmyk").tiff(), 100],
    ["JPEG, CMYK", () => corners().toColourspace("cmyk").jpeg({ quality: 95 }), 100],
  ] as const)("%s keeps its colours", async (_name, encode, tolerance) => {
    const { picture, result } = await predict(await encode().toBuffer());
    expect([result.width, result.height]).toEqual([W, H]);
    expect(picture.data).toHaveLength(picture.width * picture.height * 3);
    expectCorners(picture, tolerance);
  });

  it("grey becomes three equal channels, transparent becomes white", async () => {
    const grey = await predict(await corners().greyscale().png().toBuffer());
    expect(grey.picture.data).toHaveLength(W * H * 3);
    const [r, g, b] = grey.picture.data;
    expect([g, b]).toEqual([r, r]);
    const clear = await predict(await sharp({ create: { width: 9, height: 9, channels: 4, background: { r: 200, g: 0, b: 0, alpha: 0 } } }).png().toBuffer());
    expect([...clear.picture.data.subarray(0, 3)]).toEqual([255, 255, 255]);
    const greyAlpha = await predict(await sharp({ create: { width: 9, height: 9, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0.5 } } }).toColourspace("b-w").png().toBuffer());
    expect(greyAlpha.picture.data).toHaveLength(243);
  });

  it("an animated GIF is its first frame", async () => {
    const frames = new Uint8Array(20 * 20 * 3).map((_, i) => (i < 600 ? [250, 0, 0] : [0, 0, 250])[i % 3] ?? 0);
    const gif = await sharp(frames, { raw: { width: 20, height: 20, channels: 3, pageHeight: 10 } }).gif({ delay: [100, 100] }).toBuffer();
    const { result, picture } = await predict(gif);
    expect([result.width, result.height]).toEqual([20, 10]);
    expect(picture.data[0]).toBeGreaterThan(240);
  });

  it("one pixel and 8K", async () => {
    const one = await sharp({ create: { width: 1, height: 1, channels: 3, background: "#f00" } }).png().toBuffer();
    expect((await predict(one)).result).toMatchObject({ width: 1, height: 1 });
    const huge = await sharp({ create: { width: 7680, height: 4320, channels: 3, background: "#345" } }).jpeg({ quality: 30 }).toBuffer();
    const { result, input } = await predict(huge);
    expect(result).toMatchObject({ width: 7680, height: 4320, faces: [{ box: { x: 0, y: 0, width: 3840, height: 2160 } }] });
    expect([input?.picture.width, input?.picture.height, input?.large?.width, input?.large?.height]).toEqual([640, 360, 1280, 720]);
    expect((await sharp(await drawPicture(huge, result, maxPixels)).metadata()).width).toBe(4096);
  });
});

describe("what is no picture", () => {
  it.each([
    ["nothing", () => Promise.resolve(Buffer.alloc(0))],
    ["text", () => Promise.resolve(Buffer.from("hello, this is no picture at all"))],
    ["SVG", () => Promise.resolve(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'))],
    ["half a JPEG", async () => (await corners().resize(800).jpeg().toBuffer()).subarray(0, 2000)],
    ["a damaged PNG", async () => Buffer.from((await corners().png().toBuffer()).map((v, i) => (i > 60 && i < 90 ? v ^ 0x5a : v)))],
  ] as const)("%s is invalid_picture", async (_name, make) => {
    await expect(predict(await make())).rejects.toMatchObject({ code: "invalid_picture" });
  });

  it("too many pixels are refused before they are decoded", async () => {
    const bytes = await corners().png().toBuffer();
    await expect(predict(bytes, { maxPixels: W * H - 1 })).rejects.toMatchObject({ code: "picture_too_large" });
    await expect(predict(bytes, { maxPixels: W * H })).resolves.toBeDefined();
  });

  it("a decompression bomb is refused by what its head says", async () => {
    // 40,000 x 40,000 grey pixels say so in 33 bytes; a decoder would take 1.6 GB for them
    const head = Buffer.from("89504e470d0a1a0a0000000d4948445200009c4000009c400800000000", "hex");
    const bomb = Buffer.concat([head, Buffer.alloc(4), Buffer.from("0000000049444154", "hex")]);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    await expect(predict(bomb)).rejects.toMatchObject({ code: "picture_too_large" });
  });

  it("a path that leads nowhere is not_found, a folder and an empty file are invalid", async () => {
    await expect(predict(join(tmpdir(), "emostream-nothing.jpg"))).rejects.toMatchObject({ code: "not_found" });
    await expect(predict(tmpdir())).rejects.toMatchObject({ code: "invalid_picture" });
  });
});

describe("how the emotion model takes a picture", () => {
  const emotion = { model: "ours", version: "1", prior: 0.4, temperature: 1, uncertainBelow: 0.7 };

  it("reaches the engine with the picture as it is, and is refused where the model is not ours", async () => {
    const dark = await sharp({ create: { width: 64, height: 64, channels: 3, background: "#141414" } }).png().toBuffer();
    const { engine, inputs } = seeing();
    const options = { settings, maxPixels, classify: { equalize: true, prior: 1 } };
    await predictPicture(dark, { ...options, engine: { ...engine, info: { ...engine.info, emotion } } });
    expect(inputs[0]).toMatchObject({ classify: { equalize: true, prior: 1, mirror: true } });
    expect(inputs[0]?.detect).toEqual({ thorough: true });
    expect(inputs[0]?.picture.data[0]).toBe(20);
    await expect(predictPicture(dark, { ...options, engine })).rejects.toMatchObject({ code: "invalid_request" });
    expect(inputs).toHaveLength(1);
  });

  it("calls faces uncertain by the configuration, else by the model, else below one half", async () => {
    const bytes = await corners().png().toBuffer();
    const { engine } = seeing();
    const uncertain = async (configured: number | undefined, models: number | undefined) => {
      const info = models === undefined ? engine.info : { ...engine.info, emotion: { ...emotion, uncertainBelow: models } };
      const { faces } = await predictPicture(bytes, { engine: { ...engine, info }, settings: { ...settings, uncertainBelow: configured }, maxPixels });
      return faces[0]?.uncertain;
    };
    // The face's top probability is 0.4.
    expect([await uncertain(undefined, undefined), await uncertain(undefined, 0.3), await uncertain(undefined, 0.45), await uncertain(0.3, 0.45), await uncertain(0.5, 0.3)]).toEqual([true, false, true, false, true]);
  });
});

describe("findPictures", () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "emostream-find-"));
    for (const folder of ["set/happy", "set/3_anger", "set/other"]) await mkdir(join(dir, folder), { recursive: true });
    for (const file of ["set/happy/b.JPG", "set/happy/a.png", "set/3_anger/x.webp", "set/other/y.tif", "set/other/notes.txt", "set/.hidden.png", "set/z.avif"]) await writeFile(join(dir, file), "x");
  });
  afterAll(() => rm(dir, { recursive: true }));

  it("walks folders in order and knows class folders", async () => {
    const found = await findPictures([join(dir, "set"), join(dir, "set/other/notes.txt")]);
    expect(found.map((f) => [f.file, f.folderLabel])).toEqual([
      ["3_anger/x.webp", "anger"],
      ["happy/a.png", "happiness"],
      ["happy/b.JPG", "happiness"],
      ["other/y.tif", undefined],
      ["z.avif", undefined],
      ["notes.txt", undefined],
    ]);
    await expect(findPictures([join(dir, "none")])).rejects.toMatchObject({ code: "not_found" });
  });

  it("understands the words of published sets", () => {
    expect(["Happiness", "SAD", "0-angry", "fearful", "surprised", "neutral", "contempt", ""].map(emotionOf)).toEqual(["happiness", "sadness", "anger", "fear", "surprise", "neutral", undefined, undefined]);
  });
});

describe("rows and truth", () => {
  it("prints a table and lines", async () => {
    const { result } = await predict(await corners().png().toBuffer());
    const rows = [
      { file: "a/b.png", ...result },
      { file: "empty\n.png", width: 3, height: 3, faces: [] },
      { file: "bad.png", error: { code: "invalid_picture" as const, message: "No picture." } },
    ];
    expect(predictTable(rows)).toBe(
      [
        "picture     face  emotion    anger  disgust  fear  happiness  sadness  surprise  neutral  score  box",
        "----------  ----  ---------  -----  -------  ----  ---------  -------  --------  -------  -----  ---------",
        "a/b.png        1  surprise?   10.0     10.0  10.0       10.0     10.0      40.0     10.0  0.900  0,0,40,20",
        "empty?.png  no face",
        "bad.png     invalid_picture: No picture.",
        "",
      ].join("\n"),
    );
    expect(rows.map((r) => JSON.parse(predictLine(r)) as unknown)).toEqual([{ file: "a/b.png", ...result }, rows[1], rows[2]]);
    expect(predictLine(rows[1] ?? rows[0]!)).toBe('{"file":"empty\\n.png","width":3,"height":3,"faces":[]}');
  });

  it("compares with the truth as counted by hand", () => {
    const comparison = compareWithTruth([{ truth: "anger", predicted: "anger" }, { truth: "anger", predicted: "fear" }, { truth: "anger" }, { truth: "neutral", predicted: "neutral" }]);
    expect(comparison).toMatchObject({ pictures: 4, withFace: 3, correct: 2, accuracy: 0.5 });
    expect(comparison.accuracyOfFaces).toBeCloseTo(2 / 3, 12);
    expect(comparison.confusion).toEqual([
      [1, 0, 1, 0, 0, 0, 0, 1],
      [0, 0, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 1, 0],
    ]);
    expect(comparisonTable(comparison)).toContain("correct: 2 of 4 pictures (50.0 %)");
    expect(compareWithTruth([])).toMatchObject({ accuracy: 0, accuracyOfFaces: 0 });
  });
});

describe("createPredictService", () => {
  it("answers in the server's schema and draws", async () => {
    const { engine: seen, inputs } = seeing();
    const service = createPredictService({ engine: { ...seen, info: { ...seen.info, emotion: { model: "ours", version: "1", prior: 0.4, temperature: 1, uncertainBelow: 0.7 } } }, analysis: settings, maxPixels });
    const bytes = await corners().png().toBuffer();
    const prediction = predictionSchema.parse(await service.predict(bytes, { equalize: true, prior: "training", truth: "fear" }));
    expect(prediction.faces).toMatchObject([{ trackId: 1, label: "surprise", uncertain: true, emotions: { surprise: 0.4 }, smoothed: { surprise: 0.4 } }]);
    expect(prediction.truth).toEqual({ label: "fear", predicted: "surprise", correct: false });
    expect(inputs[0]?.classify).toEqual({ equalize: true, prior: "training", mirror: true });
    const drawn = sharp(Buffer.from(await service.draw(bytes, { equalize: false })));
    expect((await drawn.metadata()).format).toBe("png");
    await expect(service.predict(Buffer.from("x"), { equalize: false })).rejects.toMatchObject({ code: "invalid_picture" });
  });
});
