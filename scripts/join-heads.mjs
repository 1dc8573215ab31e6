// A detector's folder of before decision 111, whose nets answer with a tensor for each of scores, boxes and points, as one whose nets answer with one: the same weights. So P- and R-Net of 1.6.0
// came of 1.5.0's. Int8 files are left out: `models quantize` makes them.
//
// Usage, after `npm run build`: node scripts/join-heads.mjs FROM OUT
import { createHash } from "node:crypto";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeOnnx } from "../dist/training/onnx-decode.js";
import { encodeOnnx } from "../dist/training/onnx-file.js";

const [from, out] = process.argv.slice(2);
if (out === undefined) {
  console.error("usage: node scripts/join-heads.mjs FROM OUT");
  process.exit(2);
}
await cp(from, out, { recursive: true, errorOnExist: true, force: false });
const manifest = JSON.parse(await readFile(join(out, "manifest.json"), "utf8"));
for (const stage of Object.values(manifest.stages)) {
  const bytes = encodeOnnx(joined(decodeOnnx(await readFile(join(out, stage.file)))));
  await writeFile(join(out, stage.file), bytes);
  stage.sha256 = createHash("sha256").update(bytes).digest("hex");
  if (stage.int8 !== undefined) await rm(join(out, stage.int8.file));
  delete stage.int8;
}
delete manifest.quantization;
await writeFile(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);

/** The graph of a net with one layer in place of its heads, as `exportStage` writes it. */
function joined(graph) {
  const constant = (name) => graph.constants.find((c) => c.name === name);
  const heads = ["scores", "boxes", "landmarks"].filter((name) => constant(`${name}.kernel`) !== undefined);
  const values = (kind) => Float32Array.from(heads.flatMap((name) => [...constant(`${name}.${kind}`).values]));
  const bias = values("bias");
  const [, ...kernelShape] = constant("scores.kernel").shape;
  const first = graph.nodes.findIndex(({ inputs }) => inputs[1] === "scores.kernel");
  const slides = graph.name === "pnet";
  const layer = { ...graph.nodes[first], inputs: [graph.nodes[first].inputs[0], "heads.kernel", "heads.bias"], output: slides ? "answers" : "answers.map" };
  return {
    ...graph,
    nodes: [...graph.nodes.slice(0, first), layer, ...(slides ? [] : [{ type: "Flatten", inputs: ["answers.map"], output: "answers", attributes: { axis: 1 } }])],
    constants: [
      ...graph.constants.filter(({ name }) => !heads.some((head) => name.startsWith(`${head}.`))),
      { name: "heads.kernel", shape: [bias.length, ...kernelShape], values: values("kernel") },
      { name: "heads.bias", shape: [bias.length], values: bias },
    ],
    outputs: [{ name: "answers", shape: slides ? ["N", bias.length, "h", "w"] : ["N", bias.length] }],
  };
}
