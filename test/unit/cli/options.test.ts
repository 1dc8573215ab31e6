import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { listOption, loadConfig, numberOption, priorOption } from "../../../src/cli/options.js";
import { formatDuration, formatProgress } from "../../../src/cli/progress.js";

describe("options", () => {
  test("numbers within a range, anything else is refused with what was expected", () => {
    const port = numberOption("--port", { min: 0, max: 65_535, whole: true });
    expect(port("8080")).toBe(8080);
    for (const bad of ["", " ", "x", "1.5", "-1", "65536", "NaN", "Infinity"]) expect(() => port(bad), bad).toThrow("expected a whole number from 0 to 65535 for --port");
  });

  test("a prior: a word, a number, or a share for each emotion", () => {
    expect(priorOption.parse("training")).toBe("training");
    expect(priorOption.parse("0.25")).toBe(0.25);
    const shares = "neutral=0.4, anger=0.1,disgust=0.1,fear=0.1,happiness=0.1,sadness=0.1,surprise=0.1";
    expect(priorOption.parse(shares)).toEqual({ anger: 0.1, disgust: 0.1, fear: 0.1, happiness: 0.1, sadness: 0.1, surprise: 0.1, neutral: 0.4 });
    for (const bad of ["", "much", "3", "-1", "NaN", "anger=1", shares.replace("anger=0.1", "anger=-1"), `${shares},boredom=1`, shares.replaceAll(/0\.\d/g, "0"), shares.replace("0.4", "")]) expect(() => priorOption.parse(bad), bad).toThrow("--prior");
  });

  test("lists of known words, each once", () => {
    const formats = listOption("--format", ["jsonl", "csv"]);
    expect(formats("csv, jsonl,csv")).toEqual(["csv", "jsonl"]);
    expect(() => formats("csv,xls")).toThrow("received xls");
    expect(() => formats(",")).toThrow("expected some of jsonl, csv");
  });

  test("flags win over the file, the file over the defaults", async () => {
    const dir = await mkdtemp(join(tmpdir(), "emostream-config-"));
    try {
      const file = join(dir, "config.yaml");
      await writeFile(file, "server:\n  port: 9000\n  host: 0.0.0.0\n");
      const config = await loadConfig(file, { server: { port: 9001, host: undefined } });
      expect(config.server).toMatchObject({ port: 9001, host: "0.0.0.0" });
      expect(config.analysis.blur).toEqual({ enabled: false, sigma: 0.8 });
      await writeFile(file, "server: [");
      await expect(loadConfig(file)).rejects.toMatchObject({ code: "invalid_config" });
      await writeFile(file, "- 1\n");
      await expect(loadConfig(file)).rejects.toMatchObject({ code: "invalid_config" });
      await expect(loadConfig(join(dir, "none.yaml"))).rejects.toMatchObject({ code: "not_found" });
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

describe("progress", () => {
  test("durations", () => {
    expect([0, 7_400, 750_000, 3_723_000].map(formatDuration)).toEqual(["0:00", "0:07", "12:30", "1:02:03"]);
  });

  test("a line with bar, share, rate and time left; without a total only the count", () => {
    expect(formatProgress("clip.mp4", { done: 50, total: 200, etaMs: 4000, rate: "41 frames/s" })).toBe(`clip.mp4  [${"#".repeat(7)}${"-".repeat(21)}]  25%  50/200  41 frames/s  ETA 0:04`);
    expect(formatProgress("live", { done: 12 })).toBe("live  12");
  });
});
