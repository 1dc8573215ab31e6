// Exports a run as a model folder without the command line's set-up: node scripts/export-emotion.mjs DATA RUN OUT --version 1.0.0 [--which best] [--slices] [--dist DIR]
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { version: { type: "string", default: "0.0.0" }, which: { type: "string", default: "last" }, command: { type: "string", default: "" }, slices: { type: "boolean", default: false }, dist: { type: "string", default: "dist" } } });
const [data, run, out] = positionals;
const { exportEmotion } = await import(pathToFileURL(join(process.cwd(), values.dist, "training/index.js")).href);
const report = await exportEmotion({ run, data, out, cache: join(run, "..", "cache"), command: values.command, modelVersion: values.version, which: values.which, slices: values.slices });
console.log(JSON.stringify({ accuracy: report.accuracy, accuracyAgreed: report.accuracyAgreed, meanRecall: report.meanRecall, macroF1: report.macroF1, ece: report.ece, tau: report.settings.prior, temperature: report.settings.temperature }));
