// PATCH /v1/streams/{id} and its baseline, over HTTP; every answer is checked against the served OpenAPI document.

import { mkdir, rm } from "node:fs/promises";
import { expect, it } from "vitest";
import { analysisSchema } from "../../../src/core/config.js";
import { DocumentedClient } from "./support/documented.js";
import { startServer, type TestServer } from "./support/test-server.js";

const patch = (client: DocumentedClient, id: string, body: unknown) => client.call("PATCH", `/v1/streams/${id}`, { body: JSON.stringify(body), headers: { "content-type": "application/json" } });

async function withDoor(test: TestServer, analysis: object = {}) {
  const client = await DocumentedClient.open(test);
  await client.post("/v1/streams", { id: "door", source: "rtsp://u:secret@door/", analysis });
  return client;
}

it("changes what is given, keeps the rest, and null goes back to the server's", async () => {
  await using test = await startServer({ analysis: { smoothingMs: 111, maxFps: 20 } });
  const client = await withDoor(test, { maxFps: 5, blur: { enabled: true, sigma: 2 } });
  const regions = [{ x: 0, y: 0, width: 0.5, height: 1 }];
  const first = await patch(client, "door", { name: "Front door", analysis: { minFaceSize: 40, smoothingMs: 900, blur: { sigma: 3 }, regions, episodes: { onsetAt: 0.7 } } });
  expect(first.status).toBe(200);
  expect(first.body).toMatchObject({ name: "Front door", settings: { analysis: { maxFps: 5, minFaceSize: 40, smoothingMs: 900, blur: { enabled: true, sigma: 3 }, regions, episodes: { onsetAt: 0.7, offsetBelow: 0.35 } } } });
  expect(test.stream("door").spec.analysis).toEqual((first.body["settings"] as { analysis: object }).analysis);

  const second = await patch(client, "door", { name: null, analysis: { maxFps: null, smoothingMs: null, blur: { sigma: null }, regions: null, episodes: null } });
  expect(second.body).toMatchObject({ settings: { analysis: { maxFps: 20, smoothingMs: 111, minFaceSize: 40, blur: { enabled: true, sigma: 0.8 }, episodes: { onsetAt: 0.5 } } } });
  expect(second.body).not.toHaveProperty("name");
  expect(second.body).not.toHaveProperty("settings.analysis.regions");

  await patch(client, "door", { analysis: null });
  expect(test.stream("door").spec.analysis).toEqual(analysisSchema.parse({ smoothingMs: 111, maxFps: 20 }));
  // Nothing to change is nothing to do; a name alone does not touch the stream.
  const { length } = test.stream("door").calls;
  expect((await patch(client, "door", {})).status).toBe(200);
  expect((await patch(client, "door", { name: "Door" })).body["name"]).toBe("Door");
  expect(test.stream("door").calls).toHaveLength(length);
});

it("refuses by name what does not fit, and changes nothing then", async () => {
  await using test = await startServer();
  const client = await withDoor(test);
  for (const [body, path] of [
    [{ analysis: { maxFps: 0 } }, "analysis.maxFps"],
    [{ analysis: { maxfps: 5 } }, "analysis"],
    [{ analysis: { detection: "sometimes" } }, "analysis.detection"],
    [{ analysis: { blur: { sigma: 99 } } }, "analysis.blur.sigma"],
    [{ analysis: { regions: [{ x: 0.5, y: 0, width: 0.9, height: 1 }] } }, "analysis.regions.0"],
    [{ analysis: { regions: [] } }, "analysis.regions"],
    [{ analysis: { episodes: { offsetBelow: 0.9 } } }, "analysis.episodes"],
    [{ analysis: { episodes: { onsetAt: "high" } } }, "analysis.episodes.onsetAt"],
    [{ source: "rtsp://elsewhere/" }, ""],
    [{ name: "" }, "name"],
  ] as const) {
    const answer = await patch(client, "door", body);
    expect([answer.status, answer.body["code"], (answer.body["issues"] as { path: string }[])[0]?.path], JSON.stringify(body)).toEqual([400, "invalid_request", path]);
  }
  expect(test.stream("door").calls).toEqual(["start"]);
  expect((await patch(client, "nobody", { name: "x" })).body).toMatchObject({ status: 404, code: "stream_not_found" });
});

it("outlives a restart, as differences only: a changed configuration still counts for the rest", async () => {
  await using test = await startServer();
  const client = await withDoor(test, { maxFps: 5 });
  await patch(client, "door", { name: "Door", analysis: { maxFps: null, trackGapMs: 500 } });
  await test.server.close();
  await using again = await startServer({ dir: test.dir, analysis: { smoothingMs: 42 } });
  expect(again.stream("door").spec.analysis).toEqual(analysisSchema.parse({ smoothingMs: 42, trackGapMs: 500 }));
  expect((await (await DocumentedClient.open(again)).call("GET", "/v1/streams/door")).body["name"]).toBe("Door");
});

it("changes nothing where the disk does not take it", async () => {
  await using test = await startServer();
  const client = await withDoor(test);
  // A folder where the file was: also root cannot write there.
  await rm(test.stateFile);
  await mkdir(test.stateFile);
  const answer = await patch(client, "door", { name: "Door", analysis: { maxFps: 3 } });
  expect(answer.status).toBe(500);
  expect(test.stream("door").calls).toEqual(["start"]);
  expect((await client.call("GET", "/v1/streams/door")).body).not.toHaveProperty("name");
});

it("begins baselines of the faces in view, or of one of them", async () => {
  await using test = await startServer({ analysis: { baseline: { seconds: 3 } } });
  const client = await withDoor(test);
  test.stream("door").inView = [4, 7];
  expect((await client.call("POST", "/v1/streams/door/baseline")).body).toEqual({ tracks: [4, 7], seconds: 3 });
  expect((await client.call("POST", "/v1/streams/door/baseline?track=7")).body).toEqual({ tracks: [7], seconds: 3 });
  expect((await client.call("POST", "/v1/streams/door/baseline?track=5")).body).toMatchObject({ status: 409, code: "conflict" });
  expect((await client.call("POST", "/v1/streams/door/baseline?track=me")).body).toMatchObject({ status: 400, code: "invalid_request" });
  test.stream("door").inView = [];
  expect((await client.call("POST", "/v1/streams/door/baseline")).body).toMatchObject({ status: 409, code: "conflict" });
  expect((await client.call("POST", "/v1/streams/nobody/baseline")).status).toBe(404);
  expect(test.stream("door").calls.filter((c) => c.startsWith("baseline"))).toEqual(["baseline all", "baseline 7", "baseline 5", "baseline all"]);
});
