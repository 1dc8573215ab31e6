// Where benchmarks write what they measured: one section each of docs/performance.md, between markers, and nothing by hand.
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execFileSync } from "node:child_process";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Of the minute before this benchmark began: on a quiet machine close to 0. */
const loadBefore = loadavg()[0];

/** What the figures depend on, in one line. */
export function machine() {
  const ffmpeg = execFileSync("ffmpeg", ["-version"], { encoding: "utf8" }).split("\n")[0].split(" ").slice(0, 3).join(" ");
  return `${availableParallelism()} cores (${cpus()[0]?.model.trim()}), Node ${process.versions.node}, ${ffmpeg}, load ${loadBefore.toFixed(1)} before`;
}

/** Puts `markdown` into the section `name` of docs/performance.md. */
export function writeSection(name, markdown) {
  const path = join(root, "docs/performance.md");
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const old = readFileSync(path, "utf8");
  const [from, to] = [old.indexOf(begin), old.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`expected the markers of ${name} in docs/performance.md`);
  writeFileSync(path, `${old.slice(0, from + begin.length)}\n${markdown.trim()}\n${old.slice(to)}`);
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** All values together. */
export function sum(values) {
  return values.reduce((a, b) => a + b, 0);
}

/** The value below which a share of the values lies. */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** Whether `--name` stands in the command line. */
export function flag(name) {
  return process.argv.includes(`--${name}`);
}

/** Value of `--name` in the command line, or the default. */
export function option(name, otherwise) {
  const index = process.argv.indexOf(`--${name}`);
  return index < 0 ? otherwise : process.argv[index + 1];
}
