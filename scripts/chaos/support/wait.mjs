// Waiting for something to become true. Deadlines are generous: they tell a hang from a slow machine, and measure nothing.
export const patienceMs = 90_000;
const stepMs = 50;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Polls until `probe` gives something that is neither false nor undefined, and resolves with it. */
export async function until(what, probe, timeoutMs = patienceMs) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`expected ${what} within ${timeoutMs / 1000} s`);
    await sleep(stepMs);
  }
}
