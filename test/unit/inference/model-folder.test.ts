import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { packageRoot } from "../../../src/core/package-info.js";
import { modelFolder, modelNames } from "../../../src/inference/model-folder.js";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "emostream-models-"));
  for (const [name, format] of [["small", "emostream-emotion"], ["large", "emostream-emotion"], ["faces", "another"]] as const) {
    await mkdir(join(dir, name));
    await writeFile(join(dir, name, "manifest.json"), JSON.stringify({ format }));
  }
  await writeFile(join(dir, "README.md"), "no folder");
});
afterAll(() => rm(dir, { recursive: true }));

it("finds models side by side by their names, and only emotion models", async () => {
  expect(await modelNames("emotion", dir)).toEqual(["large", "small"]);
  expect(await modelFolder("emotion", "small", dir)).toBe(join(dir, "small"));
  expect(await modelFolder("emotion", "emotion")).toBe(join(packageRoot, "models/emotion"));
});

it("takes a folder, and names what there is where there is neither", async () => {
  expect(await modelFolder("emotion", join(dir, "large"))).toBe(join(dir, "large"));
  for (const bad of ["huge", "", "faces", join(dir, "none"), "../small"]) {
    await expect(modelFolder("emotion", bad, dir), bad).rejects.toThrow(expect.objectContaining({ code: "model_unknown", message: expect.stringContaining("large, small") as string }));
  }
});
