// Guards against becoming slower: CPU times of the default engine in units of a fixed ONNX kernel, and beside Human, all on the same frames in the same run, compared
// with the recorded ones. Fails only where one is far worse three times in a row: what a busy machine does to one run is no news.
//
// Usage, after `npm run build`: node bench/guard.mjs [--json] [--write]; --write records this run's ratios in bench/recorded.json.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openEngine } from "../dist/app.js";
import { parseConfig } from "../dist/core/config.js";
import { silentLogger } from "../dist/core/logger.js";
import { openOnnxModel } from "../dist/inference/onnx.js";
import { exportOnnx } from "../dist/training/export-onnx.js";
import { initialParameters, layoutOf } from "../dist/training/net/spec.js";
import { decode } from "./frames.mjs";
import { openHumanAlone } from "./human.mjs";
import { flag, machine, root } from "./report.mjs";

const path = join(root, "bench/recorded.json");
/** So many times what was recorded is a regression. */
const margin = 1.6;
const attempts = 3;
/** CPU time of the process, and of so many rounds the least: everything else that runs makes them longer, never shorter. */
const rounds = 4;
const everyNth = 20;
const kernelRuns = 12;
const humanFrames = 5;

const frames = (await decode(join(root, "assets/demo/demo.mp4"))).filter((_, n) => n % everyNth === 0);
const engine = await openEngine(parseConfig({}), silentLogger(), 1);
const kernel = await openKernel();
const human = await openHumanAlone(10);

const recorded = flag("write") ? undefined : JSON.parse(readFileSync(path, "utf8")).ratios;
const tries = [];
while (tries.length < attempts) {
  tries.push(await measure());
  if (recorded === undefined || worse(tries.at(-1)).length === 0) break;
}
await engine.close();

const last = tries.at(-1);
if (recorded === undefined) writeFileSync(path, `${JSON.stringify({ about: "Written by node bench/guard.mjs --write. CPU times in units of the fixed kernel; beside Human in units of its time.", machine: machine(), ratios: last }, undefined, 2)}\n`);
const failures = recorded === undefined ? [] : worse(last);
if (flag("json")) console.log(JSON.stringify({ machine: machine(), margin, recorded, tries, failures }));
else for (const [name, ratio] of Object.entries(last)) console.log(`${failures.includes(name) ? "SLOWER" : "ok"}  ${name}: ${ratio.toFixed(2)}${recorded === undefined ? " recorded" : `, recorded ${recorded[name].toFixed(2)}`} (try ${tries.length})`);
process.exit(failures.length === 0 ? 0 : 1);

function worse(ratios) {
  return Object.keys(recorded).filter((name) => ratios[name] > margin * recorded[name]);
}

/** Ratios of one run; more is slower. */
async function measure() {
  const least = {};
  const time = async (name, count, run) => {
    const before = process.cpuUsage();
    const result = await run();
    const { user, system } = process.cpuUsage(before);
    least[name] = Math.min(least[name] ?? Number.POSITIVE_INFINITY, (user + system) / count);
    return result;
  };
  for (let round = 0; round < rounds; round++) {
    await time("kernel", kernelRuns, () => repeat(kernelRuns, kernel));
    const found = await time("everyFrame", frames.length, () => inTurn(frames, (picture) => engine.analyze([{ picture }])));
    await time("followed", frames.length, () => inTurn(frames, (picture, n) => engine.analyze([{ picture, hints: found[n][0].map(({ box }) => box) }])));
    await time("human", humanFrames, () => inTurn(frames.slice(0, humanFrames), (frame) => human.detect(frame)));
  }
  return {
    "every frame, in kernels": least.everyFrame / least.kernel,
    "followed faces, in kernels": least.followed / least.kernel,
    "every frame, beside Human": least.everyFrame / least.human,
  };
}

async function inTurn(items, run) {
  const results = [];
  for (const [n, item] of items.entries()) results.push(await run(item, n));
  return results;
}

async function repeat(count, run) {
  for (let n = 0; n < count; n++) await run();
}

/** A convolutional net of fixed shape and seeded weights, sixteen inputs at a time, one thread: the same work for ever, whatever is trained or tuned. */
async function openKernel() {
  const spec = { inputSize: 48, widths: [16, 48, 96, 160], convolutions: [2, 2, 3, 3], units: 256, stageDropout: [0, 0, 0, 0], denseDropout: [0, 0], classes: 7 };
  const model = await openOnnxModel(exportOnnx(spec, initialParameters(layoutOf(spec), 1)));
  const data = Float32Array.from({ length: 16 * 48 * 48 }, (_, n) => Math.sin(n));
  return () => model.run({ input: { data, shape: [16, 1, 48, 48] } });
}
