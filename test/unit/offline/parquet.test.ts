// Parquet files, read back by an independent reader: hyparquet, and Python's pyarrow where it is installed.

import { writeFile } from "node:fs/promises";
import { parquetMetadata, parquetReadObjects, parquetSchema } from "hyparquet";
import { expect, it } from "vitest";
import { csvColumns } from "../../../src/offline/formats/csv.js";
import { layoutOf } from "../../../src/offline/formats/layouts.js";
import { createParquetWriter, parquetCell, ParquetTable } from "../../../src/offline/formats/parquet.js";
import type { TableColumn } from "../../../src/offline/formats/table.js";
import { pythonHas, pythonJson } from "../../support/python.js";
import { makeTempFolder } from "../../support/temp-folder.js";
import { face } from "./fakes.js";

const columns: readonly TableColumn[] = (["int32", "float32", "float64", "string", "boolean"] as const).map((type) => ({ name: type, type, unit: "", meaning: "" }));

async function fileOf(open: (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>): Promise<{ readonly bytes: Buffer; readonly pieces: number }> {
  const pieces: Uint8Array[] = [];
  await open((bytes) => {
    pieces.push(bytes);
    return Promise.resolve();
  });
  return { bytes: Buffer.concat(pieces), pieces: pieces.length };
}

function asBuffer(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

it("has the types of the columns, and no value where a cell is empty", async () => {
  const { bytes } = await fileOf(async (write) => {
    const table = new ParquetTable(write, columns, "emostream version 1.2.3");
    table.add([7, 0.5, 40_000_000.125, `"Zoë", 日本\n`, true]);
    table.add([0, 0, 0, "0", false]);
    table.add(["", "", "", "", ""]);
    table.add([-1, -1.5, 1e-9, "x", false]);
    await table.finish();
  });
  const metadata = parquetMetadata(asBuffer(bytes));
  expect(metadata.created_by).toBe("emostream version 1.2.3");
  expect(parquetSchema(metadata).children.map(({ element }) => [element.name, element.type, element.converted_type, element.repetition_type])).toEqual([
    ["int32", "INT32", undefined, "OPTIONAL"],
    ["float32", "FLOAT", undefined, "OPTIONAL"],
    ["float64", "DOUBLE", undefined, "OPTIONAL"],
    ["string", "BYTE_ARRAY", "UTF8", "OPTIONAL"],
    ["boolean", "BOOLEAN", undefined, "OPTIONAL"],
  ]);
  expect(await parquetReadObjects({ file: asBuffer(bytes) })).toEqual([
    { int32: 7, float32: 0.5, float64: 40_000_000.125, string: `"Zoë", 日本\n`, boolean: true },
    { int32: 0, float32: 0, float64: 0, string: "0", boolean: false },
    { int32: null, float32: null, float64: null, string: null, boolean: null },
    { int32: -1, float32: -1.5, float64: 1e-9, string: "x", boolean: false },
  ]);
});

it("writes group by group, so that it holds no more than one", async () => {
  const { bytes, pieces } = await fileOf(async (write) => {
    const table = new ParquetTable(write, columns, "emostream", 10);
    for (let i = 0; i < 35; i += 1) if (table.add([i, i / 2, i, `row ${i}`, i % 3 === 0])) await table.flush();
    await table.finish();
  });
  expect(parquetMetadata(asBuffer(bytes)).row_groups.map((g) => Number(g.num_rows))).toEqual([10, 10, 10, 5]);
  expect(pieces).toBe(5); // a piece a group, and the footer
  const rows = await parquetReadObjects({ file: asBuffer(bytes) });
  expect(rows.map((r) => r["int32"])).toEqual(Array.from({ length: 35 }, (_, i) => i));
});

it("is readable without a row", async () => {
  const { bytes } = await fileOf((write) => new ParquetTable(write, columns, "emostream").finish());
  expect(await parquetReadObjects({ file: asBuffer(bytes) })).toEqual([]);
});

it("makes of a CSV's text what the CSV was made from", () => {
  expect([parquetCell.int32(""), parquetCell.string(""), parquetCell.int32("12"), parquetCell.float32("-0.5"), parquetCell.boolean("true"), parquetCell.boolean("false"), parquetCell.string("007")]).toEqual(["", "", 12, -0.5, true, false, "007"]);
});

async function frames(): Promise<Buffer> {
  const { bytes } = await fileOf(async (write) => {
    const writer = createParquetWriter(write, layoutOf("emostream", "a.mp4"), "emostream version 1.2.3");
    await writer.frame({ seq: 0, epoch: 0, ptsMs: 1400.033, timeMs: 0.033, width: 64, height: 48, faces: [{ ...face(1, "anger"), pose: { yaw: -12.5, pitch: 3, roll: 0.4 } }, face(7, "neutral", 0.4)] });
    await writer.frame({ seq: 2, epoch: 0, ptsMs: 1480, timeMs: 80, width: 64, height: 48, faces: [] });
    await writer.finish();
  });
  return bytes;
}

it("has the rows of the CSV", async () => {
  const rows = await parquetReadObjects({ file: asBuffer(await frames()) });
  expect(Object.keys(rows[0]!)).toEqual(csvColumns.map(({ name }) => name));
  expect(rows).toMatchObject([
    { seq: 0, pts_ms: 1400.033, time_ms: 0.033, status: "face", face: 0, track_id: 1, x: 10, y: 20.5, label: "anger", uncertain: false, yaw: -12.5, sharpness: null },
    { seq: 0, status: "face", face: 1, track_id: 7, label: "neutral", uncertain: true, yaw: null },
    { seq: 1, pts_ms: null, status: "not_analysed", face: null, label: null, uncertain: null },
    { seq: 2, pts_ms: 1480, status: "no_face", face: null, label: null },
  ]);
});

it.skipIf(!pythonHas("pyarrow"))("is read by pyarrow with the same types and values (skipped where Python has no pyarrow; EMOSTREAM_PYTHON names one that has)", async () => {
  await using dir = await makeTempFolder();
  await writeFile(dir.file("a.parquet"), await frames());
  const script = "import json, sys, pyarrow.parquet as pq\nt = pq.read_table(sys.argv[1])\nprint(json.dumps({'types': [[f.name, str(f.type)] for f in t.schema], 'rows': t.select(['seq', 'time_ms', 'status', 'label', 'uncertain', 'yaw']).to_pylist()}))";
  const arrow: Readonly<Record<TableColumn["type"], string>> = { int32: "int32", float32: "float", float64: "double", string: "string", boolean: "bool" };
  expect(await pythonJson(script, dir.file("a.parquet"))).toEqual({
    types: csvColumns.map(({ name, type }) => [name, arrow[type]]),
    rows: [
      { seq: 0, time_ms: 0.033, status: "face", label: "anger", uncertain: false, yaw: -12.5 },
      { seq: 0, time_ms: 0.033, status: "face", label: "neutral", uncertain: true, yaw: null },
      { seq: 1, time_ms: null, status: "not_analysed", label: null, uncertain: null, yaw: null },
      { seq: 2, time_ms: 80, status: "no_face", label: null, uncertain: null, yaw: null },
    ],
  });
});
