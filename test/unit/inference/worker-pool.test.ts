import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Writable } from "node:stream";
import { pino } from "pino";
import type { Worker } from "node:worker_threads";
import { silentLogger } from "../../../src/core/logger.js";
import { WorkerPool, type WorkerPoolOptions } from "../../../src/inference/worker-pool.js";

interface Request {
  readonly value?: number;
  readonly gate?: Int32Array;
  readonly exit?: number;
  /** Exits the first time it is asked. */
  readonly exitOnce?: Int32Array;
  /** Takes memory until it has no more. */
  readonly fill?: boolean;
  readonly crash?: string;
  readonly print?: string;
  readonly pixels?: Uint8Array;
  readonly fail?: { readonly code: string; readonly message: string };
  readonly unclonable?: () => void;
}
interface Reply {
  readonly threadId: number;
  readonly value?: number;
  readonly bytes?: number;
}
type TestPool = WorkerPool<Request, Reply, { readonly threadId: number; readonly workerData: unknown }>;

const pools: TestPool[] = [];
let living = new Set<Worker>();
const watch = (worker: Worker): void => {
  living.add(worker);
  worker.once("exit", () => living.delete(worker));
};

beforeEach(() => {
  living = new Set();
  process.on("worker", watch);
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
  process.off("worker", watch);
  await expect.poll(() => living.size, { message: "threads left" }).toBe(0);
});

/** Whether this process would end itself by a signal (src/inference/hung-threads.ts); the test runner listens for its end, too. */
function endsBySignal(): boolean {
  return process.listeners("exit").some(({ name }) => name === "endBySignal");
}

function openPool(options: Partial<WorkerPoolOptions> = {}): TestPool {
  const pool: TestPool = new WorkerPool({ entry: new URL("./pool-worker.mjs", import.meta.url), workers: 1, workerData: null, hungAfterMs: 60_000, logger: silentLogger(), ...options });
  pools.push(pool);
  return pool;
}

/** A gate for requests: `open` lets all through, `waiting` resolves when so many have come to it. */
function createGate() {
  const cells = new Int32Array(new SharedArrayBuffer(8));
  return {
    cells,
    open(): void {
      Atomics.store(cells, 0, 1);
      Atomics.notify(cells, 0);
    },
    async waiting(count: number): Promise<void> {
      await expect.poll(() => Atomics.load(cells, 1), { interval: 5, timeout: 15_000 }).toBeGreaterThanOrEqual(count);
    },
  };
}

describe("WorkerPool", () => {
  it("answers with what the worker replied, and tells what it said about itself", async () => {
    const pool = openPool({ workerData: { colour: "red" } });
    expect(await pool.opened).toMatchObject({ workerData: { colour: "red" } });
    expect(await pool.run({ value: 7 })).toMatchObject({ value: 7 });
  });

  it("tells what each request took of a worker, before its answer, also where it failed", async () => {
    const pool = openPool();
    const told: string[] = [];
    await pool.run({ value: 1 }, [], (ms) => told.push(`${ms} ms`)).then(() => told.push("answer"));
    await pool.run({ fail: { code: "engine_failed", message: "no" } }, [], (ms) => told.push(`${ms} ms`)).catch(() => told.push("failure"));
    expect(told).toEqual(["2 ms", "answer", "3 ms", "failure"]);
    expect(pool.workedMs).toBe(5);
  });

  it("accepts requests before any worker is ready", async () => {
    const pool = openPool();
    expect(await Promise.all([pool.run({ value: 1 }), pool.run({ value: 2 })])).toMatchObject([{ value: 1 }, { value: 2 }]);
  });

  it("starts one worker, and the others once that is ready", async () => {
    const pool = openPool({ workers: 3 });
    const early = pool.run({ value: 1 });
    const atFirst = new Promise((resolve) => process.once("worker", () => setImmediate(() => resolve(living.size))));
    expect(await atFirst).toBe(1);
    expect(await early).toMatchObject({ value: 1 });
    await expect.poll(() => living.size).toBe(3);
  });

  it("runs on all workers at the same time", async () => {
    const pool = openPool({ workers: 3 });
    const gate = createGate();
    const replies = Array.from({ length: 3 }, (_, value) => pool.run({ value, gate: gate.cells }));
    await gate.waiting(3);
    gate.open();
    expect(new Set((await Promise.all(replies)).map(({ threadId }) => threadId)).size).toBe(3);
  });

  it("gives the next request to the worker with the least to do", async () => {
    const pool = openPool({ workers: 2 });
    const [slow, fast] = [createGate(), createGate()];
    const held = pool.run({ gate: slow.cells });
    const other = pool.run({ gate: fast.cells });
    await Promise.all([slow.waiting(1), fast.waiting(1)]);
    fast.open();
    const { threadId } = await other;
    for (let value = 0; value < 4; value++) expect(await pool.run({ value })).toEqual({ threadId, value, bytes: undefined });
    slow.open();
    expect((await held).threadId).not.toBe(threadId);
  });

  it("hands over shared memory by reference and transferred memory by ownership", async () => {
    const pool = openPool();
    const gate = createGate();
    const shared = new Uint8Array(new SharedArrayBuffer(4));
    const held = pool.run({ gate: gate.cells, pixels: shared });
    await gate.waiting(1);
    shared[0] = 42;
    gate.open();
    expect(await held).toMatchObject({ bytes: 42 });

    const own = new Uint8Array([7]);
    expect(await pool.run({ pixels: own }, [own.buffer])).toMatchObject({ bytes: 7 });
    expect(own.length).toBe(0);
  });

  it("fails one request when the worker says so, and goes on", async () => {
    const pool = openPool();
    await expect(pool.run({ fail: { code: "engine_failed", message: "not this one" } })).rejects.toMatchObject({ code: "engine_failed", message: "not this one" });
    expect(await pool.run({ value: 1 })).toMatchObject({ value: 1 });
  });

  it("fails a request that cannot be posted, and goes on", async () => {
    const pool = openPool();
    await pool.opened;
    await expect(pool.run({ unclonable: () => {} })).rejects.toMatchObject({ code: "engine_failed" });
    expect(await pool.run({ value: 1 })).toMatchObject({ value: 1 });
  });

  it.each([
    ["exits", { exit: 3 }],
    ["throws outside its answer", { crash: "out of memory" }],
  ])("gives what a worker was at when it %s to another, calls it poisonous where that ends too, and keeps the others", async (_, deadly) => {
    const pool = openPool({ workers: 2 });
    const gates = [createGate(), createGate()];
    const doomed = pool.run({ gate: gates[0]!.cells, ...deadly });
    const healthy = pool.run({ gate: gates[1]!.cells, value: 5 });
    await Promise.all(gates.map((gate) => gate.waiting(1)));
    gates[0]!.open();
    await expect(doomed).rejects.toMatchObject({ code: "poisonous" });
    gates[1]!.open();
    expect(await healthy).toMatchObject({ value: 5 });

    const gate = createGate();
    const both = [pool.run({ gate: gate.cells }), pool.run({ gate: gate.cells })];
    await gate.waiting(2);
    gate.open();
    expect(new Set((await Promise.all(both)).map(({ threadId }) => threadId)).size).toBe(2);
  });

  it("answers what a worker was at, and what waited there, when only that worker ended", async () => {
    const pool = openPool();
    await pool.opened;
    const [gate, once] = [createGate(), new Int32Array(new SharedArrayBuffer(4))];
    const replies = [pool.run({ value: 1, gate: gate.cells, exitOnce: once }), pool.run({ value: 2 }), pool.run({ value: 3 })];
    await gate.waiting(1);
    gate.open();
    expect(await Promise.all(replies)).toMatchObject([{ value: 1 }, { value: 2 }, { value: 3 }]);
  });

  it("fails what cannot be given to another worker: its memory went with the first", async () => {
    const pool = openPool();
    const pixels = new Uint8Array([7]);
    await expect(pool.run({ pixels, exit: 1 }, [pixels.buffer])).rejects.toMatchObject({ code: "worker_lost" });
    expect(await pool.run({ value: 1 })).toMatchObject({ value: 1 });
  });

  it("loses one worker, and not the process, where JavaScript runs out of memory", async () => {
    const pool = openPool({ resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 } });
    await expect(pool.run({ fill: true })).rejects.toMatchObject({ code: "poisonous", detail: expect.stringContaining("memory limit") });
    expect(await pool.run({ value: 1 })).toMatchObject({ value: 1 });
  });

  describe("with a worker that hangs", () => {
    it("sets it aside: what it is at fails, what waited there and what comes goes to a new one", async () => {
      const pool = openPool({ hungAfterMs: 2500 });
      await pool.opened;
      const gate = createGate();
      const hanging = pool.run({ gate: gate.cells });
      const waiting = pool.run({ value: 2 });
      await expect(hanging).rejects.toMatchObject({ code: "worker_hung" });
      expect(await waiting).toMatchObject({ value: 2 });
      expect(await pool.run({ value: 3 })).toMatchObject({ value: 3 });
      gate.open();
    });

    it("takes nobody for hung where it was this process that stood still", async () => {
      const pool = openPool({ hungAfterMs: 3000 });
      await pool.opened;
      const gate = createGate();
      const held = pool.run({ value: 1, gate: gate.cells });
      await gate.waiting(1);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4000);
      gate.open();
      expect(await held).toMatchObject({ value: 1 });
    });

    it("is broken after the second, and closes all the same", async () => {
      const pool = openPool({ workers: 2, hungAfterMs: 2500, closeGraceMs: 1 });
      await pool.opened;
      const gate = createGate();
      const outcomes = [1, 2, 3, 4, 5, 6].map((value) => pool.run({ value, gate: gate.cells }).catch((error: { code: string }) => error.code));
      expect(await pool.broken).toMatchObject({ code: "worker_hung" });
      expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["worker_hung", "engine_unavailable"]));
      await pool.close();
      gate.open();
    });

    it("lets one that comes back leave, and a process without any end as others do", async () => {
      // The handler of the test before leaves with its worker, a moment after its gate was opened.
      await expect.poll(endsBySignal).toBe(false);
      const pool = openPool({ hungAfterMs: 2500 });
      await pool.opened;
      const gate = createGate();
      await expect(pool.run({ gate: gate.cells })).rejects.toMatchObject({ code: "worker_hung" });
      expect(endsBySignal()).toBe(true);
      gate.open();
      await expect.poll(endsBySignal).toBe(false);
      expect(await pool.run({ value: 4 })).toMatchObject({ value: 4 });
    });
  });

  it("stops replacing workers that die too often, and says so", async () => {
    const pool = openPool({ maxRestarts: 3 });
    await pool.opened;
    for (let i = 0; i < 2; i++) await expect(pool.run({ exit: 1 })).rejects.toMatchObject({ code: "poisonous" });
    await expect(pool.run({ value: 1 })).rejects.toMatchObject({ code: "engine_unavailable" });
  });

  it("rejects the queue when the last worker is lost for good", async () => {
    const pool = openPool({ maxRestarts: 0 });
    await pool.opened;
    const gate = createGate();
    const outcomes = Array.from({ length: 4 }, () => pool.run({ gate: gate.cells, exit: 1 }).catch((error: { code: string }) => error.code));
    gate.open();
    expect(await Promise.all(outcomes)).toEqual(["worker_lost", "engine_unavailable", "engine_unavailable", "engine_unavailable"]);
  });

  it("starts workers again when the window of the restart limit has passed", async () => {
    const pool = openPool({ maxRestarts: 0, restartWindowMs: 1 });
    await pool.opened;
    await expect(pool.run({ exit: 1 })).rejects.toMatchObject({ code: expect.stringMatching(/^(?:worker_lost|poisonous)$/) });
    await expect.poll(() => pool.run({ value: 9 }).catch(() => undefined)).toMatchObject({ value: 9 });
  });

  it("fails to open with the worker's own reason", async () => {
    const pool = openPool({ workerData: { unable: { code: "model_invalid", message: "no model" } } });
    await expect(pool.opened).rejects.toMatchObject({ code: "model_invalid", message: "no model" });
  });

  it("fails to open when the entry file is not there", async () => {
    const pool = openPool({ entry: new URL("./not-there.mjs", import.meta.url) });
    await expect(pool.opened).rejects.toMatchObject({ code: "engine_unavailable", detail: expect.stringContaining("not-there.mjs") });
  });

  it("closes: answers what runs, rejects what waits and what comes later, twice the same", async () => {
    const pool = openPool();
    await pool.opened;
    const gate = createGate();
    const running = pool.run({ gate: gate.cells, value: 1 });
    const atWorker = pool.run({ value: 2 });
    const waiting = pool.run({ value: 3 });
    await gate.waiting(1);
    const closed = pool.close();
    await expect(waiting).rejects.toMatchObject({ code: "shutting_down" });
    await expect(pool.run({ value: 4 })).rejects.toMatchObject({ code: "shutting_down" });
    gate.open();
    expect(await Promise.all([running, atWorker])).toMatchObject([{ value: 1 }, { value: 2 }]);
    await Promise.all([closed, pool.close()]);
    expect(living.size).toBe(0);
  });

  it("closes while workers are still starting", async () => {
    const pool = openPool({ workers: 2 });
    await pool.close();
    expect(living.size).toBe(0);
  });

  it("keeps what workers print away from stdout and gives it to the log", async () => {
    const lines: string[] = [];
    const sink = new Writable({ write: (chunk: Buffer, _, done) => (lines.push(String(chunk)), done()) });
    const pool = openPool({ logger: pino({ level: "debug" }, sink) });
    await pool.run({ print: "hello from inside" });
    await expect.poll(() => lines.join("")).toContain("hello from inside");
  });
});
