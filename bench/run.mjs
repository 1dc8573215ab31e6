// All benchmarks one after the other, each a process of its own that writes its section of docs/performance.md. `--quick`: shorter ones, under a minute on a quiet
// machine of two cores, that write nothing.
//
// Usage: npm run bench [-- --quick]
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { buildWhenStale } from "../scripts/build.mjs";
import { flag, root } from "./report.mjs";

const all = [
  ["start.mjs"],
  ["first-minutes.mjs"],
  ["feed.mjs"],
  ["pipeline.mjs"],
  ["detector.mjs"],
  ["tracked.mjs"],
  ["profile.mjs"],
  ["precision.mjs"],
  ["live.mjs"],
  ["scaling.mjs"],
  ["memory.mjs", "--streams"],
  ["memory.mjs"],
];
const quick = [
  ["pipeline.mjs", "--runs", "1", "--quick"],
  ["live.mjs", "--quick"],
];

if (!buildWhenStale()) process.exit(1);
const failed = [];
for (const [script, ...args] of flag("quick") ? quick : all.map((one) => [...one, "--write"])) {
  const startedMs = performance.now();
  const { status } = spawnSync(process.execPath, [join(root, "bench", script), ...args], { stdio: "inherit" });
  process.stderr.write(`${script} ${args.join(" ")}: ${((performance.now() - startedMs) / 1000).toFixed(0)} s\n`);
  if (status !== 0) failed.push(script);
}
if (failed.length > 0) process.stderr.write(`failed: ${failed.join(", ")}\n`);
process.exit(failed.length > 0 ? 1 : 0);
