// The fuzzer's own parts: what it calls wrong, and that a seed gives the same cases again. A judge that lets everything pass would find nothing.

import * as fc from "fast-check";
import { expect, it } from "vitest";
import { closeCode } from "../../../src/server/close-codes.js";
import { documentedCloses } from "../../../scripts/fuzz/support/codes.mjs";
import { growthBetween } from "../../../scripts/fuzz/support/growth.mjs";
import { parseAnswer } from "../../../scripts/fuzz/support/http.mjs";
import { judgeAnswer } from "../../../scripts/fuzz/support/judge.mjs";
import { byteEdits, mutateBytes } from "../../../scripts/fuzz/support/mutate-bytes.mjs";
import { mutatedJson } from "../../../scripts/fuzz/support/mutate-json.mjs";
import { valuesOf } from "../../../scripts/fuzz/support/schema-values.mjs";

const problem = "application/problem+json";

function judge(status: number, type: string, body: object | string, responses: Record<number, object> = { 200: {} }): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  judgeAnswer(parseAnswer(Buffer.from(`HTTP/1.1 ${status} X\r\nContent-Type: ${type}\r\nContent-Length: ${text.length}\r\n\r\n${text}`), "GET"), { method: "GET", operation: { responses } });
}

it.each([
  ["words that are Express'", 404, "text/html", "Cannot GET /"],
  ["no JSON", 400, problem, "oops"],
  ["a code that nobody documented", 400, problem, { code: "oops", status: 400 }],
  ["a defect", 500, problem, { code: "internal", status: 500 }],
  ["another status than the code's", 400, problem, { code: "stream_not_found", status: 400 }],
  ["another status in the problem", 404, problem, { code: "stream_not_found", status: 400 }],
  ["a success that is not documented", 202, "application/json", {}],
  ["a gateway's error where no camera is asked", 504, problem, { code: "timeout", status: 504 }],
])("calls %s wrong", (_what, status, type, body) => {
  expect(() => judge(status, type, body)).toThrow(/^expected|^received/);
});

it("lets documented answers pass", () => {
  judge(200, "application/json", {});
  judge(404, problem, { code: "stream_not_found", status: 404 });
  judge(503, problem, { code: "shutting_down", status: 503 });
  judge(504, problem, { code: "timeout", status: 504 }, { 200: {}, 504: {} });
});

it("takes the close codes from the page, which has those that the server uses", () => {
  for (const code of ["shutting_down", "cancelled", "timeout", "too_many", "payload_too_large"] as const) expect(documentedCloses).toContain(closeCode(code));
  expect(documentedCloses).not.toContain(closeCode("internal"));
});

it("reads answers past 100 Continue, in chunks, and none", () => {
  const bytes = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  expect(parseAnswer(Buffer.from(bytes), "GET")).toMatchObject({ status: 200, body: Buffer.from("abcde") });
  expect(parseAnswer(Buffer.alloc(0), "GET")).toBeUndefined();
  expect(() => parseAnswer(Buffer.from("SSH-2.0"), "GET")).toThrow("expected an HTTP answer");
});

it("calls what was kept growth, and names what stayed open", () => {
  const before = { heapMib: 28, processMib: 90, handles: 24, open: { socket: 7 }, children: 0, uploads: 0, folders: 1 };
  expect(growthBetween(before, { ...before, heapMib: 30, processMib: 140, handles: 26 }).problems).toEqual([]);
  const after = { ...before, heapMib: 40, handles: 34, open: { socket: 7, "/work/upload": 10 }, folders: 2 };
  expect(growthBetween(before, after).problems).toEqual([expect.stringContaining("heapMib"), expect.stringContaining("/work/upload (10)"), expect.stringContaining("folders")]);
});

it("makes the same cases from the same seed, some that fit and most that do not", () => {
  const schema = { type: "object", properties: { id: { type: "string", pattern: "^[a-z]{1,8}$" }, n: { type: "integer", minimum: 1, maximum: 9 } }, required: ["id"] };
  const cases = (seed: number): string[] => fc.sample(mutatedJson(valuesOf(schema, {})), { seed, numRuns: 200 }).map((bytes: Buffer) => bytes.toString("hex"));
  expect(cases(1)).toEqual(cases(1));
  expect(cases(1)).not.toEqual(cases(2));
  const fitting = cases(1).filter((hex) => /^\{"id":"[a-z]{1,8}"(?:,"n":[1-9])?\}$/.test(Buffer.from(hex, "hex").toString("utf8")));
  expect(fitting.length).toBeGreaterThan(10);
  expect(fitting.length).toBeLessThan(150);
});

it("changes a copy of a file, and nothing without edits", () => {
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 256));
  const untouched = Buffer.from(bytes);
  const changed = fc.sample(byteEdits, { seed: 1, numRuns: 100 }).map((edits) => mutateBytes(bytes, edits));
  expect(bytes.equals(untouched)).toBe(true);
  expect(changed.filter((copy: Buffer) => !copy.equals(bytes)).length).toBeGreaterThan(80);
  expect(mutateBytes(bytes, []).equals(bytes)).toBe(true);
});
