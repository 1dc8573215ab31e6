import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEngine } from "../../../src/app.js";
import { parseConfig } from "../../../src/core/config.js";
import { silentLogger } from "../../../src/core/logger.js";
import { openEmotionClassifier } from "../../../src/inference/emotion/classifier.js";
import { readEmotionModel, type EmotionManifest } from "../../../src/inference/emotion/manifest.js";
import type { Quantization } from "../../../src/inference/model-files.js";
import { findModel } from "../../../src/inference/model-folder.js";
import { openMtcnnDetector } from "../../../src/inference/mtcnn/detector.js";
import { readDetectorModel } from "../../../src/inference/mtcnn/manifest.js";
import { exportOnnx } from "../../../src/training/export-onnx.js";
import { initialParameters, layoutOf } from "../../../src/training/net/spec.js";
import { int8Entry, writeInt8 } from "../../../src/training/quantize/write-int8.js";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.js";
import { tinySpec, writeTinyModel } from "../../support/tiny-emotion-model.js";
import { untrainedStage, writeUntrainedDetector } from "../../support/untrained-detector.js";

const spec = tinySpec(16);
const quantization: Quantization = { command: "none", calibration: "none", data: "none", fp32: { accuracy: 1 }, int8: { accuracy: 0.9 }, left: {} };
/** Another net than the one in floats, so that it shows which file is read. */
const integers = exportOnnx(spec, initialParameters(layoutOf(spec), 2));
let folder: TempFolder;

beforeEach(async () => {
  folder = await makeTempFolder();
});
afterEach(() => folder.remove());

async function writeBoth(): Promise<EmotionManifest> {
  const manifest = await writeTinyModel(folder.path, spec, { int8: int8Entry("emotion.onnx", integers), quantization });
  await writeFile(folder.file("emotion.int8.onnx"), integers);
  return manifest;
}

describe("an emotion model with int8", () => {
  it("is read in floats unless int8 is asked for, and says which it is", async () => {
    await writeBoth();
    const [floats, int8] = [await readEmotionModel(folder.path), await readEmotionModel(folder.path, "int8")];
    expect(Buffer.from(floats.model)).toEqual(await readFile(folder.file("emotion.onnx")));
    expect(Buffer.from(int8.model)).toEqual(integers);
    await using classifier = await openEmotionClassifier(folder.path, undefined, "int8");
    expect(classifier.models).toEqual([{ name: "test", role: "emotion", version: "1", precision: "int8" }]);
  });

  it("is refused when the int8 file is damaged, swapped or missing, and still serves its floats", async () => {
    await writeBoth();
    const refused = { code: "model_invalid", message: expect.stringContaining("emotion.int8.onnx") as string };
    for (const bytes of [integers.subarray(0, 100), await readFile(folder.file("emotion.onnx"))]) {
      await writeFile(folder.file("emotion.int8.onnx"), bytes);
      await expect(readEmotionModel(folder.path, "int8")).rejects.toThrow(expect.objectContaining(refused));
    }
    await rm(folder.file("emotion.int8.onnx"));
    await expect(readEmotionModel(folder.path, "int8")).rejects.toThrow(expect.objectContaining(refused));
    expect((await readEmotionModel(folder.path)).precision).toBe("fp32");
  });

  it("that nobody quantised is refused with the command to type", async () => {
    await writeTinyModel(folder.path, spec);
    await expect(readEmotionModel(folder.path, "int8")).rejects.toThrow(expect.objectContaining({ code: "model_invalid", message: expect.stringContaining("emostream models quantize") as string }));
  });

  it("that stays on floats, since int8 costs too much, serves them and says so", async () => {
    await writeTinyModel(folder.path, spec, { quantization: { ...quantization, left: { "emotion.onnx": "costs too much" } } });
    await using classifier = await openEmotionClassifier(folder.path, undefined, "int8");
    expect(classifier.models).toEqual([{ name: "test", role: "emotion", version: "1", precision: "fp32" }]);
  });
});

describe("a detector with int8", () => {
  it("serves the nets that have it, and those that have not in floats", async () => {
    const other = untrainedStage("onet");
    const { stages } = await writeUntrainedDetector(folder.path);
    await writeUntrainedDetector(folder.path, { change: { stages: { ...stages, onet: { ...stages.onet, int8: int8Entry("onet.onnx", other) } }, quantization } });
    await writeFile(folder.file("onet.int8.onnx"), other);
    const detector = await openMtcnnDetector(folder.path, { precision: "int8" });
    expect(detector.models).toEqual([{ name: "test", role: "detector", version: "1", precision: "mixed" }]);
    await detector.close();
    expect((await readDetectorModel(folder.path)).precision).toBe("fp32");
    await writeFile(folder.file("onet.int8.onnx"), other.subarray(1));
    await expect(readDetectorModel(folder.path, "int8")).rejects.toThrow(expect.objectContaining({ code: "model_invalid", message: expect.stringContaining("onet.int8.onnx") as string }));
  });

  it("that nobody quantised is refused with the command to type", async () => {
    await writeUntrainedDetector(folder.path);
    await expect(openMtcnnDetector(folder.path, { precision: "int8" })).rejects.toThrow(/models quantize/);
  });
});

it("is of our own nets: an engine with none of them is refused int8", async () => {
  const config = parseConfig({ engine: { name: "human", emotions: "engine", precision: "int8" } });
  await expect(openEngine(config, silentLogger())).rejects.toThrow(expect.objectContaining({ code: "invalid_config" }));
});

describe("int8 files", () => {
  it("are written with a manifest that names them, and taken away where a net stays on floats", async () => {
    const { int8: _int8, quantization: _quantization, ...without } = await writeBoth();
    const int8 = { file: "emotion.int8.onnx", sha256: createHash("sha256").update(integers).digest("hex") };
    expect(int8Entry(without.file, integers)).toEqual(int8);
    await writeInt8(folder.path, [{ net: without, bytes: integers }], without, { ...without, int8, quantization });
    expect((await readEmotionModel(folder.path, "int8")).precision).toBe("int8");
    await writeInt8(folder.path, [{ net: without, bytes: undefined }], without, { ...without, quantization });
    expect((await readEmotionModel(folder.path, "int8")).precision).toBe("fp32");
    await expect(readFile(folder.file("emotion.int8.onnx"))).rejects.toThrow(/ENOENT/);
  });

  it("belong to models of either kind, by name or folder", async () => {
    await writeBoth();
    expect(await findModel("emotion")).toMatchObject({ kind: "emotion" });
    expect(await findModel("emostream")).toMatchObject({ kind: "detector" });
    expect(await findModel(folder.path)).toEqual({ kind: "emotion", folder: folder.path });
    await expect(findModel("none")).rejects.toThrow(expect.objectContaining({ code: "model_unknown" }));
  });
});
