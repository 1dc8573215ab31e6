// Nothing leaves the machine: ONNX Runtime, which would report its use and number the machine, is told not to before it loads, on the main thread and in workers.

import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packageRoot } from "../../../src/core/package-info.js";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.js";
import { requireBuild } from "./support.js";

const run = promisify(execFile);
const model = join(packageRoot, "models/emotion/emotion.onnx");
let home: TempFolder;

beforeEach(async () => {
  home = await makeTempFolder();
});
afterEach(() => home.remove());

describe("what ONNX Runtime leaves in the user's home", () => {
  it("is something when nobody stops it, or the next ones prove nothing", async () => {
    await node("-e", `require("onnxruntime-node").InferenceSession.create(${JSON.stringify(model)}).then((s) => s.release())`);
    expect(await leftBehind()).not.toEqual([]);
  });

  it("is nothing after a session of ours on the main thread", async () => {
    requireBuild();
    const runtime = join(packageRoot, "dist/inference/onnx.js");
    await node("--input-type=module", "-e", `import { openOnnxModel } from ${JSON.stringify(runtime)}; import { readFileSync } from "node:fs"; await (await openOnnxModel(readFileSync(${JSON.stringify(model)})))[Symbol.asyncDispose]();`);
    expect(await leftBehind()).toEqual([]);
  });

  it("is nothing after faces were found in worker threads", async () => {
    requireBuild();
    const { stdout } = await node(join(packageRoot, "dist/cli/main.js"), "predict", join(packageRoot, "assets/demo/faces/happiness.png"));
    expect(stdout).toContain("happiness");
    expect(await leftBehind()).toEqual([]);
  });
});

/** Without what this process may have been told itself. */
function node(...args: string[]) {
  return run(process.execPath, args, { cwd: packageRoot, env: { PATH: process.env["PATH"], HOME: home.path } });
}

async function leftBehind(): Promise<string[]> {
  return (await readdir(home.path, { recursive: true })).filter((name) => /microsoft|onnx/i.test(name));
}
