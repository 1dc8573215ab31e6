// After close() nothing of the engine keeps a process alive, and nothing of it gets into stdout.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { makeTempFolder } from "../../support/temp-folder.js";
import { requireBuild, runNode } from "./support.js";

const dist = (path: string): string => JSON.stringify(new URL(`../../../dist/${path}`, import.meta.url).href);

beforeAll(requireBuild);

describe("a process with a Human engine", () => {
  it.each([1, 2])("ends by itself after close, with %i workers", async (workers) => {
    const { stdout, stderr } = await runNode(`
      import { createEngine } from ${dist("inference/index.js")};
      import { silentLogger } from ${dist("core/logger.js")};
      const engine = await createEngine({ name: "human", workers: ${workers}, hungAfterMs: 60_000, minScore: 0.5, maxFaces: 20, logger: silentLogger() });
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
      const pool = new WorkerPool({ entry: new URL(${dist("inference/worker.js")}), workers: 2, hungAfterMs: 60000, workerData: { name: "unheard-of" }, logger: silentLogger() });
      const code = await pool.opened.catch((error) => error.code);
      await pool.close();
      process.stdout.write(code);
    `);
    expect(stdout).toBe("engine_unavailable");
  });
});

describe("a process with a worker that never comes back from a native kernel", () => {
  it.each([[0, "SIGTERM"], [1, "SIGKILL"]])("ends all the same, where it would end with %i by %s", async (code, signal) => {
    await using folder = await makeTempFolder();
    const child = spawn(process.execPath, ["--input-type=module", "-e", `
      import { createEngine } from ${dist("inference/index.js")};
      import { silentLogger } from ${dist("core/logger.js")};
      import { writeEndlessModel } from ${JSON.stringify(new URL("../../../scripts/chaos/support/endless-model.mjs", import.meta.url).href)};
      const emotionModelDir = writeEndlessModel(${JSON.stringify(folder.path)});
      const engine = await createEngine({ name: "emostream", workers: 1, hungAfterMs: 10000, maxFaces: 20, detector: { folder: "models/detector" }, emotionModelDir, logger: silentLogger() });
      const picture = { width: 64, height: 64, pixelFormat: "rgb24", data: new Uint8Array(new SharedArrayBuffer(64 * 64 * 3)) };
      const known = [{ box: { x: 8, y: 8, width: 48, height: 48 }, score: 1, landmarks: [[24, 24], [40, 24], [32, 32], [24, 44], [40, 44]] }];
      const error = await engine.analyze([{ picture, known }]).catch((error) => error);
      await engine.close();
      process.stdout.write(error.code);
      process.exitCode = ${code};
    `], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    const [exitCode, by] = await once(child, "close");
    expect({ said, exitCode, by }).toEqual({ said: "worker_hung", exitCode: null, by: signal });
  });
});
