// The worker's side of the pool, compiled, in real threads.

import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { silentLogger } from "../../../src/core/logger.js";
import { WorkerPool } from "../../../src/inference/worker-pool.js";
import { requireBuild } from "./support.js";

interface Request {
  readonly value?: number;
  readonly fail?: string;
  readonly lose?: string;
}

const pools: WorkerPool<Request, number, string>[] = [];

beforeAll(requireBuild);
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));

function openPool(workerData: unknown = null): WorkerPool<Request, number, string> {
  const pool = new WorkerPool<Request, number, string>({ entry: new URL("./fixtures/service.mjs", import.meta.url), workers: 1, workerData, hungAfterMs: 60_000, logger: silentLogger() });
  pools.push(pool);
  return pool;
}

describe("serve", () => {
  it("answers in order, one at a time", async () => {
    const pool = openPool();
    expect(await pool.opened).toBe("service");
    expect(await Promise.all([1, 2, 3, 4].map((value) => pool.run({ value })))).toEqual([1, 2, 3, 4]);
  });

  it("turns an error into the failure of that request, its words for the log only", async () => {
    const pool = openPool();
    const failed = pool.run({ fail: "at /home/me/secret" });
    const next = pool.run({ value: 2 });
    await expect(failed).rejects.toMatchObject({ code: "engine_failed", message: "The inference engine failed on this picture.", detail: expect.stringContaining("/home/me/secret") });
    expect(await next).toBe(2);
  });

  it("ends the thread on an error that nobody catches, with its words; the pool replaces it", async () => {
    const pool = openPool();
    await expect(pool.run({ lose: "no memory" })).rejects.toMatchObject({ code: "poisonous", detail: expect.stringContaining("no memory") });
    expect(await pool.run({ value: 3 })).toBe(3);
  });

  it.each([[{ loadFails: true }, "secret path"], [{ loadLost: true }, "lost while loading"]])("says why it cannot start: %o", async (workerData, words) => {
    const pool = openPool(workerData);
    await expect(pool.opened).rejects.toMatchObject({ code: "engine_unavailable", message: "The inference engine could not be started.", detail: expect.stringContaining(words) });
  });
});
