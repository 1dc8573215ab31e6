// The combined table is the files' rows as they stand there; a CSV that was changed is refused by name.

import { readFile, writeFile } from "node:fs/promises";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { csvRow } from "../../../../src/offline/formats/csv.js";
import type { TableColumn } from "../../../../src/offline/formats/table.js";
import { OutputFile } from "../../../../src/offline/output-file.js";
import { combine } from "../../../../src/offline/study/combine.js";
import { makeTempFolder, type TempFolder } from "../../../support/temp-folder.js";

const columns: readonly TableColumn[] = (["seq", "label", "declared"] as const).map((name) => ({ name, type: name === "seq" ? "int32" : "string", unit: "", meaning: "" }));
const declared = 'privacy: strict; purpose: what Zoë, 12, "sees" 日本';
const header = csvRow(columns.map(({ name }) => name));
/** Larger than what is read at a time, so that pieces end anywhere, also within a letter. */
const many = Array.from({ length: 12_000 }, (_, i) => [i, i % 2 === 0 ? "fear" : "happiness", declared]);
let folder: TempFolder;
beforeAll(async () => {
  folder = await makeTempFolder();
});
afterAll(async () => {
  await folder.remove();
});

async function combined(texts: readonly string[], name = "combined.csv"): Promise<string> {
  const parts = [];
  for (const [i, text] of texts.entries()) {
    const csvPath = folder.file(`${i}.csv`);
    await writeFile(csvPath, text);
    parts.push({ file: `p,${i}.mp4`, csvPath, head: [`p,${i}.mp4`, "a"] });
  }
  const csv = new OutputFile(folder.file(name));
  try {
    await combine(parts, { headColumns: ["file", "session"], columns, csv, generator: "test" });
    await csv.complete();
    await csv.publish();
  } finally {
    await csv.discard();
  }
  return readFile(csv.path, "utf8");
}

test("the rows of all files, behind what is known of each, as a CSV parser reads them", async () => {
  const text = await combined([header + many.map(csvRow).join(""), header, header + csvRow([7, "", ""])]);
  const rows = parse(text) as string[][];
  expect(rows[0]).toEqual(["file", "session", "seq", "label", "declared"]);
  expect(rows.slice(1, -1)).toEqual(many.map((row) => ["p,0.mp4", "a", ...row.map(String)]));
  expect(rows.at(-1)).toEqual(["p,2.mp4", "a", "7", "", ""]);
});

describe("a CSV that somebody changed", () => {
  const row = csvRow([1, "fear", declared]);
  test.each([
    ["nothing at all", ""],
    ["another header", header.replace("label", "emotion") + row],
    ["a cell more", header + row + csvRow([2, "fear", "x", "y"])],
    ["a cell less", header + row + csvRow([2, "fear"])],
    ["a last row that is cut", (header + row + row).slice(0, -9)],
    ["other line ends", (header + row).replaceAll("\r\n", "\n")],
    ["a quote in the middle of a cell", `${header}1,fe"ar,x\r\n`],
    ["a quote that does not end", `${header}1,fear,"x\r\n`],
    ["a row of megabytes", `${header}1,fear,${"x".repeat(3_000_000)}`],
  ])("%s is named", async (_what, text) => {
    await expect(combined([header + row, text])).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("p,1.mp4") as unknown });
  });
});
