import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { exampleConfig } from "../../../src/core/config-example.js";
import { parseConfig } from "../../../src/core/config.js";
import { AppError } from "../../../src/core/errors.js";
import { packageRoot } from "../../../src/core/package-info.js";

describe("configuration", () => {
  test("the committed example is the one the schema gives, and equals the defaults", async () => {
    const text = await readFile(join(packageRoot, "emostream.example.yaml"), "utf8");
    expect(text).toBe(exampleConfig());
    expect(parseConfig(parse(text))).toEqual(parseConfig({}));
  });

  test("every key of the schema stands in the example with a description", () => {
    const lines = exampleConfig().split("\n");
    const keys = lines.filter((l) => /^\s+(# )?[a-zA-Z]+:/.test(l) && !l.trimEnd().endsWith(":"));
    expect(keys.length).toBeGreaterThan(30);
    for (const [index, line] of lines.entries()) {
      if (/^\s+[a-zA-Z]+: \S/.test(line)) expect(lines[index - 1], line).toMatch(/^\s*# \S/);
    }
  });

  test("values are frozen, deep down", () => {
    const config = parseConfig({});
    expect(() => Object.assign(config.server, { port: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config.analysis.blur, { sigma: 1 })).toThrow(TypeError);
  });

  test("a wrong value names its path and what was expected", () => {
    const error = thrown(() => parseConfig({ server: { port: 70_000 }, analysis: { blur: { sigma: "much" } } }));
    expect(error.code).toBe("invalid_config");
    expect(error.issues?.map((i) => i.path)).toEqual(["server.port", "analysis.blur.sigma"]);
    expect(error.message).toContain("65535");
  });

  test("an unknown key is refused", () => {
    expect(thrown(() => parseConfig({ server: { prot: 1 } })).message).toContain("prot");
    expect(thrown(() => parseConfig([])).code).toBe("invalid_config");
  });
});

function thrown(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("expected an error");
}
