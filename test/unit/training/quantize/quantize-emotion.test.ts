import { readFile, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readEmotionModel } from "../../../../src/inference/emotion/manifest.js";
import { exportOnnx } from "../../../../src/training/export-onnx.js";
import { initialParameters, layoutOf, type EmotionNetSpec } from "../../../../src/training/net/spec.js";
import { quantizationMarkdown, quantizeModel } from "../../../../src/training/quantize/quantize-model.js";
import { madeUpCsv } from "../../../support/made-up-faces.js";
import { makeTempFolder, type TempFolder } from "../../../support/temp-folder.js";
import { writeTinyModel } from "../../../support/tiny-emotion-model.js";

const spec: EmotionNetSpec = { inputSize: 48, widths: [4, 16], convolutions: [1, 1], units: 8, stageDropout: [0, 0], denseDropout: [0, 0], classes: 7 };
let folder: TempFolder;

beforeEach(async () => {
  folder = await makeTempFolder();
  await writeTinyModel(folder.path, spec, {}, exportOnnx(spec, decided()));
});
afterEach(() => folder.remove());

/** Parameters of a net whose answers lie far apart, as a trained one's do. */
function decided(): Float32Array {
  const layout = layoutOf(spec);
  const parameters = initialParameters(layout, 1);
  const { offset, size } = layout.parameters.find(({ name }) => name === "logits/kernel")!;
  for (let i = offset; i < offset + size; i++) parameters[i]! *= 3000;
  return parameters;
}

async function quantize(csv: string, seed = 1) {
  await writeFile(folder.file("faces.csv"), csv);
  const said = await quantizeModel("emotion", { folder: folder.path, data: folder.file("faces.csv"), cache: folder.file("cache"), seed, command: "as typed", signal: new AbortController().signal });
  return { said, bytes: await readFile(folder.file("emotion.int8.onnx")) };
}

describe("quantising an emotion model", () => {
  it("writes the int8 file and what it costs, the same twice", async () => {
    const before = await readEmotionModel(folder.path);
    const first = await quantize(madeUpCsv());
    const { manifest, precision } = await readEmotionModel(folder.path, "int8");
    expect(precision).toBe("int8");
    expect(manifest.quantization).toEqual(first.said);
    expect(first.said).toMatchObject({ command: "as typed", calibration: "245 training faces of FER2013, seed 1", data: "FER2013, PublicTest: 70 faces", left: {} });
    expect(first.said.fp32["accuracy"]! - first.said.int8["accuracy"]!).toBeLessThanOrEqual(0.003);
    expect(quantizationMarkdown(first.said)).toContain(`| accuracy | ${first.said.fp32["accuracy"]!.toFixed(4)} | ${first.said.int8["accuracy"]!.toFixed(4)} |`);
    const { int8: _int8, quantization: _quantization, ...rest } = manifest;
    expect(rest).toEqual(before.manifest);
    const second = await quantize(madeUpCsv());
    expect(second.bytes).toEqual(first.bytes);
    expect(second.said).toEqual(first.said);
  });

  it("calibrates without the faces that report", async () => {
    const one = await quantize(madeUpCsv(0, 0));
    const other = await quantize(madeUpCsv(0, 9));
    expect(other.bytes).toEqual(one.bytes);
    expect(other.said.fp32).not.toEqual(one.said.fp32);
    expect((await quantize(madeUpCsv(1, 0))).bytes).not.toEqual(one.bytes);
  });

  it("changes nothing when it is stopped", async () => {
    await writeFile(folder.file("faces.csv"), madeUpCsv());
    const before = await readFile(folder.file("manifest.json"));
    await expect(quantizeModel("emotion", { folder: folder.path, data: folder.file("faces.csv"), cache: folder.file("cache"), seed: 1, command: "", signal: AbortSignal.abort() })).rejects.toThrow(expect.objectContaining({ code: "cancelled" }));
    expect(await readFile(folder.file("manifest.json"))).toEqual(before);
  });
});
