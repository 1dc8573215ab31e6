// docs/reliability.md names every fault, and none that is not there; the tests it names exist.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../../src/core/package-info.js";

const faults = join(packageRoot, "scripts/chaos/faults");
const names = readdirSync(faults).map((file) => /name: "([^"]+)"/.exec(readFileSync(join(faults, file), "utf8"))?.[1]);
const page = readFileSync(join(packageRoot, "docs/reliability.md"), "utf8");

test("every fault holds a promise, and every promise's fault exists", () => {
  const held = page.split("\n").filter((line) => line.startsWith("| ")).map((line) => line.split("|")[2]!);
  const named = new Set(held.flatMap((cell) => [...cell.matchAll(/`([a-z-]+)`/g)].map((m) => m[1])));
  expect([...named].toSorted()).toEqual(names.toSorted());
});

test("tests that hold a promise exist", () => {
  const paths = [...page.matchAll(/test\/[\w./-]*\w/g)].map((m) => m[0]);
  expect(paths.filter((path) => !existsSync(join(packageRoot, path)))).toEqual([]);
  expect(paths.length).toBeGreaterThan(5);
});
