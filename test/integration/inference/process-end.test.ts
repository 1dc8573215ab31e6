// After close() nothing of the engine keeps a process alive, and nothing of it gets into stdout.

import { beforeAll, describe, expect, it } from "vitest";
import { requireBuild, runNode } from "./support.js";

const dist = (path: string): string => JSON.stringify(new URL(`../../../dist/${path}`, import.meta.url).href);

beforeAll(requireBuild);

describe("a process with a Human engine", () => {
  it.each([1, 2])("ends by itself after close, with %i workers", async (workers) => {
    const { stdout, stderr } = await runNode(`
      import { createEngine } from ${dist("inference/index.js")};
      import { silentLogger } from ${dist("core/logger.js")};
      const engine = await createEngine({ name: "human", workers: ${workers}, minScore: 0.5, maxFaces: 20, logger: silentLogger() });
      const data = new Uint8Array(new SharedArrayBuffer(64 * 48 * 3));
      const [faces] = await engine.analyze([{ picture: { width: 64, height: 48, pixelFormat: "rgb24", data }, blurSigma: 0.8 }]);
      await engine.close();
      process.stdout.write(JSON.stringify(faces));
    `);
    expect({ stdout, stderr }).toEqual({ stdout: "[]", stderr: "" });
  });

  it("ends by itself when the engine could not be opened", async () => {
    const { stdout } = await runNode(`
      import { WorkerPool } from ${dist("inference/worker-pool.js")};
      import { silentLogger } from ${dist("core/logger.js")};
      const pool = new WorkerPool({ entry: new URL(${dist("inference/worker.js")}), workers: 2, workerData: { name: "unheard-of" }, logger: silentLogger() });
      const code = await pool.opened.catch((error) => error.code);
      await pool.close();
      process.stdout.write(code);
    `);
    expect(stdout).toBe("engine_unavailable");
  });
});
