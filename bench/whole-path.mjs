// What benchmarks of the whole way share: a still through decoder, detector, crop and CNN, as `predict` does it, and recalls by class.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./report.mjs";

/** Opens what `predict` opens, with these settings of the engine and all other defaults. */
export async function openPath(engine = {}) {
  const { openPredictor } = await import("../dist/app.js");
  const { parseConfig } = await import("../dist/core/config.js");
  return openPredictor(parseConfig({ engine }));
}

/** Results of `predict` in the order of `items`; as many at a time as the engine has workers. `read` gives a picture's bytes. */
export async function predictAll(predictor, items, read) {
  const results = Array.from({ length: items.length });
  let next = 0;
  const one = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await predictor.predict(await read(items[i], i));
  };
  await Promise.all(Array.from({ length: predictor.engine.concurrency }, one));
  return results;
}

/** Accuracy and mean recall of pairs `{truth, predicted}` over the classes present; `predicted` undefined counts as wrong. */
export function recallsOf(pairs) {
  const classes = [...new Set(pairs.map((p) => p.truth))];
  const recalls = Object.fromEntries(classes.map((name) => [name, rightShare(pairs.filter((p) => p.truth === name))]));
  return { accuracy: rightShare(pairs), meanRecall: Object.values(recalls).reduce((a, b) => a + b, 0) / Math.max(1, classes.length), recalls };
}

/** Share of the pairs that are right. */
function rightShare(pairs) {
  return pairs.filter((p) => p.predicted === p.truth).length / Math.max(1, pairs.length);
}

/** At most `most` of a list, evenly spread. */
export function spread(list, most) {
  const every = Math.max(1, list.length / most);
  return Array.from({ length: Math.min(list.length, most) }, (_, i) => list[Math.floor(i * every)]);
}

/** Ends with a message where the package is not built or the data are not there. */
export function demand(...files) {
  const missing = [join(root, "dist/app.js"), ...files].find((file) => !existsSync(file));
  if (missing === undefined) return;
  process.stderr.write(`expected ${missing}: ${missing.includes("dist") ? "npm run build" : "docs/data.md says where it comes from; --data names another folder"}\n`);
  process.exit(1);
}

export function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}
