// One property over many cases: counted, stopped at the first that fails, which is made as small as it gets and can be run again by its path.
import * as fc from "fast-check";

/** Longest time for making a failing case smaller. Milliseconds. */
const shrinkMs = 60_000;

/**
 * Runs `check` on `runs` values of `cases` and resolves with what happened. `check` throws for a wrong answer, and resolves with how many mutated
 * bodies, messages or files it sent.
 */
export async function campaign(target, { name, cases, runs, check }, { seed, path }) {
  const startedMs = performance.now();
  let sent = 0;
  let firstFailureMs = Infinity;
  const property = fc.asyncProperty(cases, async (value) => {
    if (performance.now() - firstFailureMs > shrinkMs) return;
    await target.ready();
    try {
      sent += await check(value);
    } catch (error) {
      firstFailureMs = Math.min(firstFailureMs, performance.now());
      throw target.trouble === undefined ? error : new Error(target.trouble, { cause: error });
    }
  });
  const details = await fc.check(property, path === undefined ? { seed, numRuns: runs } : { seed, path, numRuns: 1, endOnFailure: true });
  const result = { name, cases: details.numRuns, sent, seconds: Math.round((performance.now() - startedMs) / 100) / 10 };
  const defects = target.defects.length === 0 ? [] : [{ why: "the log speaks of a defect", lines: target.defects.slice(-3) }];
  target.forgetDefects();
  if (!details.failed) return { ...result, failures: defects };
  const again = `npm run fuzz -- --only ${name} --seed ${seed} --path ${details.counterexamplePath}`;
  return { ...result, failures: [{ why: details.errorInstance?.message ?? String(details.errorInstance), case: fc.stringify(details.counterexample?.[0]).slice(0, 4000), again }, ...defects] };
}
