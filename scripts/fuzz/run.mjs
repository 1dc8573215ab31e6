// Nonsense from strangers, made from a seed: npm run fuzz [-- --seed 1] [--share 0.1] [--only rest,races,ws,push,media] [--path P] [--out runs/fuzz] [--json]
// Each part starts a server of its own (the real `emostream serve`), sends it mutated requests, messages or files, and compares its memory, files,
// children and folders before and after. Ends with fuzz.json and fuzz.md, and with 1 when anything was wrong.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { machine, option } from "../../bench/report.mjs";
import { buildWhenStale } from "../build.mjs";
import { campaign } from "./support/campaign.mjs";
import { growthBetween } from "./support/growth.mjs";
import { markdown } from "./support/report.mjs";
import { Target } from "./support/target.mjs";

/** What is sent in a whole run (`--share 1`). */
const parts = { rest: 5000, races: 500, ws: 2500, push: 2500, media: 1000 };
const seed = Number(option("seed", "1"));
const share = Number(option("share", "1"));
const only = option("only", Object.keys(parts).join(",")).split(",");
const path = option("path", undefined);
const out = resolve(option("out", "runs/fuzz"));
const tell = (text) => process.stderr.write(`${text}\n`);

const unknown = only.filter((name) => !(name.split(":")[0] in parts));
if (!Number.isInteger(seed) || !(share > 0) || unknown.length > 0) {
  tell(`expected a whole number as --seed, a --share above 0, and for --only some of ${Object.keys(parts).join(", ")}${unknown.length > 0 ? `; received ${unknown.join(", ")}` : ""}`);
  process.exit(2);
}
if (!buildWhenStale()) process.exit(1);

const results = [];
for (const [name, runs] of Object.entries(parts)) {
  if (!only.some((wanted) => wanted.split(":")[0] === name)) continue;
  results.push(await fuzz(name, runs));
}
const report = { seed, share, machine: machine(), parts: results, failures: results.reduce((sum, p) => sum + p.failures.length, 0) };
mkdirSync(out, { recursive: true });
writeFileSync(join(out, "fuzz.json"), `${JSON.stringify(report, undefined, 1)}\n`);
writeFileSync(join(out, "fuzz.md"), markdown(report));
console.log(process.argv.includes("--json") ? JSON.stringify(report) : markdown(report));
process.exit(report.failures === 0 ? 0 : 1);

/** One part: a server, a warm-up by a few cases of each campaign, all cases, and what is left afterwards. */
async function fuzz(name, runs) {
  const part = await import(`./parts/${name}.mjs`);
  const target = new Target(part.engine);
  const startedMs = performance.now();
  const failures = [];
  const done = [];
  let growth;
  try {
    await target.ready();
    const wanted = (await part.campaigns(target, runs * share)).filter((c) => only.some((o) => o === name || c.name === o || c.name.startsWith(`${o}:`)));
    if (wanted.length === 0) failures.push({ why: `expected the name of a campaign, received ${only.join(", ")}` });
    const warmUp = path === undefined ? wanted.map((c) => ({ ...c, runs: Math.max(1, Math.ceil(c.runs / 5)) })) : [];
    const run = async (c, options) => {
      const result = await campaign(target, c, options);
      for (const { why, again } of result.failures) tell(`${c.name}: ${why.slice(0, 600)}${again === undefined ? "" : `\n  ${again}`}`);
      failures.push(...result.failures);
      return result;
    };
    // Other cases than those that count, so that their failures are not told twice.
    for (const c of warmUp) await run(c, { seed: seed + 1_000_000 });
    const before = await target.measure();
    for (const c of wanted) {
      const result = await run(c, { seed, path });
      done.push(result);
      tell(`${String(result.sent).padStart(6)} ${part.sends}  ${c.name.padEnd(28)} ${result.seconds.toFixed(1).padStart(6)} s`);
    }
    growth = growthBetween(before, await target.measure());
    failures.push(...growth.problems.map((why) => ({ why })));
    failures.push(...(await target.stop()).map((why) => ({ why })));
  } catch (error) {
    failures.push({ why: `${target.trouble ?? ""}${error.stack}` });
  } finally {
    await target.remove();
  }
  return { name, sends: part.sends, sent: done.reduce((sum, c) => sum + c.sent, 0), seconds: Math.round((performance.now() - startedMs) / 1000), growth, failures, campaigns: done };
}
