// Uploads and pictures: what arrives at the services, and that nothing is left of what does not.

import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { expect, it } from "vitest";
import { AppError } from "../../../src/core/errors.js";
import type { PredictService } from "../../../src/server/index.js";
import { eventually } from "./support/eventually.js";
import { DocumentedClient } from "./support/documented.js";
import { FakeAnalyses } from "./support/fake-services.js";
import { face } from "./support/fake-stream.js";
import { startServer } from "./support/test-server.js";

const octets = { "content-type": "application/octet-stream" };

it("hands a file of the media root on", async () => {
  const analyses = new FakeAnalyses();
  await using test = await startServer({ deps: { analyses } });
  const client = await DocumentedClient.open(test);
  const answer = await client.post("/v1/analyses", { path: "clip.mp4", formats: ["vtt", "mp4"], settings: { smoothingMs: 0 } });
  expect([answer.status, answer.headers.get("location")]).toEqual([201, "/v1/analyses/job-1"]);
  expect(analyses.created).toEqual([{ path: join(test.dir, "media/clip.mp4"), name: "clip.mp4", formats: ["vtt", "mp4"], settings: { smoothingMs: 0 }, deleteFileWhenRemoved: false }]);
  expect((await client.post("/v1/analyses", { path: "../state.json" })).body["code"]).toBe("outside_media_root");
  expect((await client.post("/v1/analyses", { path: "none.mp4" })).body["code"]).toBe("not_found");
  expect((await client.post("/v1/analyses", { path: "clip.mp4", formats: ["gif"] })).body).toMatchObject({ code: "invalid_request", issues: [{ path: "formats.0" }] });
  expect((await client.post("/v1/analyses", { path: "clip.mp4", formats: [] })).status).toBe(400);
  expect((await client.post("/v1/analyses", {})).status).toBe(400);
  expect((await client.call("GET", "/v1/analyses")).body).toMatchObject({ analyses: [{ id: "job-1", state: "queued" }] });
  expect((await client.call("POST", "/v1/analyses/job-1/cancel")).body).toMatchObject({ state: "cancelled", reason: { code: "cancelled" } });
  expect((await client.call("GET", "/v1/analyses/job-1")).body).toMatchObject({ state: "cancelled" });
  expect((await client.call("GET", "/v1/analyses/job-9")).body).toMatchObject({ status: 404, code: "analysis_not_found" });
  expect((await client.call("DELETE", "/v1/analyses/job-1")).status).toBe(204);
  expect(analyses.removed).toEqual(["job-1"]);
});

it("writes an upload to the disk and hands it on", async () => {
  const analyses = new FakeAnalyses();
  await using test = await startServer({ deps: { analyses } });
  const client = await DocumentedClient.open(test);
  const bytes = new Uint8Array(3_000_000).map((_, n) => n % 251);
  const answer = await client.call("POST", "/v1/analyses?name=Talk%20one.mp4&formats=jsonl,png", { body: bytes, headers: { "content-type": "video/mp4" } });
  expect(answer.body).toMatchObject({ id: "job-1", name: "Talk one.mp4" });
  const [created] = analyses.created;
  expect(created).toMatchObject({ name: "Talk one.mp4", formats: ["jsonl", "png"], settings: {}, deleteFileWhenRemoved: true });
  expect(Buffer.compare(await readFile(created?.path ?? ""), bytes)).toBe(0);
  expect((await client.call("POST", "/v1/analyses?formats=gif", { body: bytes, headers: octets })).status).toBe(400);
  expect((await client.call("POST", "/v1/analyses", { body: "x", headers: { "content-type": "text/html" } })).status).toBe(415);
  expect((await client.call("POST", "/v1/analyses", { body: new Uint8Array(), headers: octets })).body["code"]).toMatch(/invalid_request|unsupported_media_type/);
  expect(await readdir(join(test.dir, "work/uploads"))).toHaveLength(1);
});

it("leaves nothing of uploads that are too large, broken off, or not wanted", async () => {
  const analyses = new FakeAnalyses();
  await using test = await startServer({ deps: { analyses }, server: { maxUploadBytes: 1000 } });
  const client = await DocumentedClient.open(test);
  const uploads = () => readdir(join(test.dir, "work/uploads")).catch(() => []);
  expect((await client.call("POST", "/v1/analyses", { body: new Uint8Array(1001), headers: octets })).body).toMatchObject({ status: 413, code: "payload_too_large" });
  // without a length the limit is met on the way
  const endless = new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(400));
    },
  });
  const refused = await client.call("POST", "/v1/analyses", { body: endless, headers: octets, duplex: "half" }).catch((error: unknown) => error);
  if (!(refused instanceof Error)) expect(refused).toMatchObject({ status: 413 });
  expect(await uploads()).toEqual([]);
  const socket = connect(test.server.port, "127.0.0.1");
  socket.write("POST /v1/analyses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: video/mp4\r\nContent-Length: 900\r\n\r\nsome bytes");
  await eventually(async () => (await uploads()).length).toBe(1);
  socket.destroy();
  await eventually(uploads).toEqual([]);
  analyses.failWith = new AppError("too_many", "Enough.");
  expect((await client.call("POST", "/v1/analyses", { body: new Uint8Array(10), headers: octets })).body).toMatchObject({ status: 429, code: "too_many" });
  expect(await uploads()).toEqual([]);
  expect(analyses.created).toEqual([]);
});

// In the second case no file can be made, so the upload's reader stands still, its buffer full, when the refusal comes.
it.each([
  ["is too large", 413, { maxUploadBytes: 1000 }, "work/elsewhere"],
  ["cannot be written", 500, {}, "work/uploads"],
])("answers the next request on the connection of an upload that %s", async (_what, status, limits, link) => {
  await using test = await startServer({ deps: { analyses: new FakeAnalyses() }, server: limits });
  await mkdir(join(test.dir, "work"), { recursive: true });
  await symlink("/proc", join(test.dir, link));
  const socket = connect(test.server.port, "127.0.0.1");
  let answers = "";
  socket.setEncoding("utf8").on("data", (text: string) => (answers += text));
  const chunks = `fa0\r\n${"x".repeat(4000)}\r\n`.repeat(500);
  socket.write(`POST /v1/analyses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: video/mp4\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`);
  await eventually(() => answers).toContain(`HTTP/1.1 ${status} `);
  // more than a request's buffer holds: it only gets through when somebody reads it
  socket.write(`${chunks}0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  await eventually(() => answers).toContain("HTTP/1.1 200 ");
  socket.destroy();
});

it("removes what an earlier process left half uploaded", async () => {
  await using test = await startServer();
  const folder = join(test.dir, "work/uploads");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "a.part"), "x");
  await writeFile(join(folder, "b"), "x");
  await using _again = await test.restart();
  expect(await readdir(folder)).toEqual(["b"]);
});

it("serves results, also in parts", async () => {
  const analyses = new FakeAnalyses();
  await using test = await startServer({ deps: { analyses } });
  const client = await DocumentedClient.open(test);
  await client.post("/v1/analyses", { path: "clip.mp4" });
  analyses.resultPath = join(test.dir, "work", ".hidden", "faces.csv");
  await mkdir(join(test.dir, "work", ".hidden"), { recursive: true });
  await writeFile(analyses.resultPath, "seq,label\n0,fear\n");
  const whole = await client.call("GET", "/v1/analyses/job-1/results/faces.csv");
  expect([whole.status, whole.headers.get("content-type"), new TextDecoder().decode(whole.bytes)]).toEqual([200, "text/csv; charset=utf-8", "seq,label\n0,fear\n"]);
  const part = await client.call("GET", "/v1/analyses/job-1/results/faces.csv", { headers: { range: "bytes=4-8" } });
  expect([part.status, new TextDecoder().decode(part.bytes)]).toEqual([206, "label"]);
  expect((await client.call("GET", "/v1/analyses/job-1/results/faces.vtt")).body).toMatchObject({ status: 409, code: "result_not_ready" });
  expect((await client.call("GET", "/v1/analyses/job-1/results/..%2Fstate.json")).status).toBe(400);
  expect((await client.call("GET", "/v1/analyses/job-1/results/.env")).status).toBe(400);
  expect((await client.call("GET", "/v1/analyses/nobody/results/faces.csv")).status).toBe(404);
});

it("predicts pictures as JSON or PNG", async () => {
  const asked: unknown[] = [];
  const predict: PredictService = {
    predict: (bytes, options) => {
      asked.push([bytes.length, options]);
      if (bytes[0] === 0) return Promise.reject(new AppError("invalid_picture", "Expected a picture."));
      return Promise.resolve({ width: 4, height: 3, faces: [face] });
    },
    draw: (bytes, options) => {
      asked.push(["draw", bytes.length, options]);
      return Promise.resolve(new Uint8Array([0x89, 0x50]));
    },
  };
  await using test = await startServer({ deps: { predict }, server: { maxPictureBytes: 1000 } });
  const client = await DocumentedClient.open(test);
  const send = (path: string, body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) => client.call("POST", path, { body, headers: { "content-type": "image/jpeg", ...headers } });
  const picture = new Uint8Array([1, 2, 3]);
  expect((await send("/v1/predict", picture)).body).toEqual({ width: 4, height: 3, faces: [face] });
  const drawn = await send("/v1/predict?equalize=true", picture, { accept: "image/png" });
  expect([drawn.headers.get("content-type"), [...drawn.bytes]]).toEqual(["image/png", [0x89, 0x50]]);
  expect((await send("/v1/predict", picture, octets)).status).toBe(200);
  expect(asked).toEqual([
    [3, { equalize: false }],
    ["draw", 3, { equalize: true }],
    [3, { equalize: false }],
  ]);
  expect((await send("/v1/predict", new Uint8Array(3))).body).toMatchObject({ status: 422, code: "invalid_picture" });
  expect((await send("/v1/predict", new Uint8Array(1001))).body).toMatchObject({ status: 413, code: "payload_too_large" });
  expect((await send("/v1/predict?prior=much", picture)).body).toMatchObject({ status: 400, issues: [{ path: "prior" }] });
  expect((await send("/v1/predict?truth=boredom", picture)).body).toMatchObject({ status: 400, issues: [{ path: "truth" }] });
  expect((await send("/v1/predict?equalize=perhaps", picture)).body).toMatchObject({ status: 400, issues: [{ path: "equalize" }] });
  expect((await send("/v1/predict", picture, { "content-type": "text/plain" })).body).toMatchObject({ status: 415, code: "unsupported_media_type" });
  expect((await client.call("POST", "/v1/predict")).status).toBe(415);
});
