// Trains the emotion CNN without the command line's set-up: node scripts/train-emotion.mjs DATA RUN [--resume] [--init CHECKPOINT] [--plan '{"epochs":20}'] [--dist DIR]
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { resume: { type: "boolean", default: false }, init: { type: "string" }, plan: { type: "string", default: "{}" }, dist: { type: "string", default: "dist" } } });
const [data, run] = positionals;
const { trainEmotion } = await import(pathToFileURL(join(process.cwd(), values.dist, "training/index.js")).href);
const abort = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => abort.abort());
let told = 0;
const end = await trainEmotion({
  data, run, cache: join(run, "..", "cache"), resume: values.resume, ...(values.init === undefined ? {} : { init: values.init }), plan: JSON.parse(values.plan), signal: abort.signal,
  onData: (s) => console.log("train", s.train.count, "fold", s.fold.count, "report", s.report.count, JSON.stringify(s.duplicates)),
  onStep(p) {
    if (performance.now() - told < 15_000) return;
    told = performance.now();
    console.log(`epoch ${p.epoch} step ${p.step}/${p.steps} loss ${p.loss.toFixed(3)} ${p.imagesPerSecond.toFixed(0)} images/s ETA ${(p.etaMs / 60_000).toFixed(1)} min rss ${(process.memoryUsage().rss / 1e6) | 0} MB`);
  },
  onEpoch: (r) => console.log(new Date().toISOString(), JSON.stringify(r)),
});
console.log(end.complete ? "complete" : "stopped; go on with --resume", end.checkpoint);
