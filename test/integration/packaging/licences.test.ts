// The script that lists licences: on what is installed, and on trees made to be refused.

import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { packageRoot } from "../../../src/core/package-info.js";
import { makeTempFolder } from "../../support/temp-folder.js";

function licences(...folder: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(packageRoot, "scripts/licences.mjs"), ...folder], { encoding: "utf8" });
}

/** A root that needs `a`, which needs `b` of its own; `c` is there and not needed. */
async function listed(a: unknown, b: unknown): Promise<ReturnType<typeof licences>> {
  await using folder = await makeTempFolder();
  const write = async (path: string, json: object) => {
    await mkdir(join(folder.path, path), { recursive: true });
    await writeFile(join(folder.path, path, "package.json"), JSON.stringify({ version: "1.0.0", ...json }));
  };
  await write("", { name: "root", dependencies: { a: "*" }, optionalDependencies: { "other-platform": "*" }, devDependencies: { c: "*" } });
  await write("node_modules/a", { name: "a", license: a, dependencies: { b: "*" } });
  await write("node_modules/a/node_modules/b", { name: "b", license: b });
  await write("node_modules/c", { name: "c", license: "GPL-3.0-only" });
  return licences(folder.path);
}

it("fits what is installed", () => {
  const { status, stdout, stderr } = licences();
  expect(stderr).toBe("");
  expect(status).toBe(0);
  for (const name of ["express", "sharp", "onnxruntime-node", "ws"]) expect(stdout).toMatch(new RegExp(`^\\S+ +${name} \\d`, "m"));
  expect(stdout).not.toMatch(/ (?:vitest|typescript) \d/);
});

it.each([
  ["MIT", "ISC"],
  ["(MIT OR GPL-3.0-only)", "Apache-2.0 AND BSD-3-Clause"],
  [{ type: "MIT" }, [{ type: "GPL-2.0" }, { type: "MIT" }]],
  ["MIT AND (GPL-3.0-only OR (0BSD AND CC0-1.0))", "Unlicense"],
])("takes %j and %j", async (a, b) => {
  expect(await listed(a, b)).toMatchObject({ status: 0, stderr: "" });
});

it.each([
  ["GPL-3.0-only", "MIT", "a 1.0.0: GPL-3.0-only"],
  ["MIT", "LGPL-3.0-or-later", "b 1.0.0: LGPL-3.0-or-later"],
  ["MIT AND AGPL-3.0-only", "MIT", "a 1.0.0: MIT AND AGPL-3.0-only"],
  ["MIT", undefined, "b 1.0.0: none stated"],
  ["MIT (or so)", "MIT", "a 1.0.0: MIT (or so)"],
])("refuses %j and %j", async (a, b, complaint) => {
  const { status, stderr } = await listed(a, b);
  expect([status, stderr.trim().split("\n").at(-1)]).toEqual([1, complaint]);
});
