// /v1/streams over HTTP; every answer is checked against the served OpenAPI document.

import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { eventually } from "./support/eventually.js";
import { deferred } from "./support/deferred.js";
import { DocumentedClient } from "./support/documented.js";
import { startServer } from "./support/test-server.js";

it("adds, shows, lists and removes a stream", async () => {
  await using test = await startServer();
  const client = await DocumentedClient.open(test);
  const added = await client.post("/v1/streams", { id: "door", name: "Front door", source: "rtsp://admin:secret@cam.test/main", transport: "udp", analysis: { maxSide: 320, blur: { enabled: true, sigma: 2 }, detection: "tracked" } });
  expect(added.status).toBe(201);
  expect(added.headers.get("location")).toBe("/v1/streams/door");
  expect(added.body).toMatchObject({
    id: "door",
    name: "Front door",
    source: "rtsp://***@cam.test/main",
    state: "connecting",
    seq: -1,
    persistent: true,
    settings: { live: true, loop: false, transport: "udp", analysis: { maxSide: 320, blur: { enabled: true, sigma: 2 }, detection: "tracked", smoothingMs: 300 } },
  });
  expect(JSON.stringify(added.body)).not.toContain("secret");
  expect(test.stream("door").spec).toMatchObject({ id: "door", source: "rtsp://admin:secret@cam.test/main", live: true, openTimeoutMs: 10_000, poolFrames: 6, reconnect: { factor: 2 } });
  test.stream("door").enter("live", { width: 640, height: 360, codec: "h264", sourceFps: 25, fps: 24, latencyMs: 30 });
  test.stream("door").emitResult();
  expect((await client.call("GET", "/v1/streams/door")).body).toMatchObject({ state: "live", seq: 0, counters: { decoded: 1, analysed: 1 }, codec: "h264" });
  expect((await client.call("GET", "/v1/streams")).body).toMatchObject({ streams: [{ id: "door" }] });
  expect((await client.call("DELETE", "/v1/streams/door")).status).toBe(204);
  expect((await client.call("GET", "/v1/streams/door")).body).toMatchObject({ status: 404, code: "stream_not_found", instance: "/v1/streams/door" });
  expect((await client.call("DELETE", "/v1/streams/door")).status).toBe(404);
});

it("makes ids out of sources, each a new one", async () => {
  await using test = await startServer();
  const client = await DocumentedClient.open(test);
  const sources = ["rtsp://u:p@door.lan:8554/h264/main", "rtsp://door.lan/h264/main", "clip.mp4"];
  const ids: unknown[] = [];
  for (const source of sources) ids.push((await client.post("/v1/streams", { source })).body["id"]);
  expect(ids).toEqual(["door-lan-h264-main", "door-lan-h264-main-2", "clip"]);
  expect(test.stream("clip").spec).toMatchObject({ source: join(test.dir, "media/clip.mp4"), live: false, loop: false });
});

it("answers a removal when the decoder is gone, to everybody who asked", async () => {
  await using test = await startServer();
  const client = await DocumentedClient.open(test);
  const stream = await test.add("slow");
  const decoder = deferred();
  stream.stopping = decoder.promise;
  const removals = [client.call("DELETE", "/v1/streams/slow"), client.call("DELETE", "/v1/streams/slow")];
  await eventually(() => stream.calls).toContain("stop");
  expect((await client.call("GET", "/v1/streams/slow")).status).toBe(200);
  expect((await client.post("/v1/streams", { id: "slow", source: "rtsp://x/" })).body).toMatchObject({ status: 409, code: "stream_exists" });
  decoder.resolve();
  expect((await Promise.all(removals)).map((a) => a.status)).toEqual([204, 204]);
  expect(stream.calls).toEqual(["start", "stop"]);
});

it("pauses and resumes", async () => {
  await using test = await startServer();
  const client = await DocumentedClient.open(test);
  const stream = await test.add("cam");
  expect((await client.call("POST", "/v1/streams/cam/pause")).body).toMatchObject({ state: "paused" });
  expect((await client.call("POST", "/v1/streams/cam/resume")).body).toMatchObject({ state: "connecting" });
  stream.enter("failed", { reason: { code: "unauthorized", message: "Wrong password." } });
  expect((await client.call("GET", "/v1/streams/cam")).body).toMatchObject({ state: "failed", reason: { code: "unauthorized" } });
  expect((await client.call("POST", "/v1/streams/cam/pause")).body).toMatchObject({ status: 409, code: "conflict" });
  expect((await client.call("POST", "/v1/streams/cam/resume")).status).toBe(200);
  expect(stream.calls).toEqual(["start", "pause", "resume", "resume"]);
  expect((await client.call("POST", "/v1/streams/nobody/pause")).status).toBe(404);
});

it("gives the next picture, and stops encoding afterwards", async () => {
  await using test = await startServer();
  const client = await DocumentedClient.open(test);
  const stream = await test.add("cam");
  stream.enter("live");
  const answer = client.call("GET", "/v1/streams/cam/snapshot.jpg");
  await eventually(() => stream.preview$.observed).toBe(true);
  stream.emitFrame(new Uint8Array([0xff, 0xd8, 7]));
  const { status, headers, bytes } = await answer;
  expect([status, headers.get("content-type"), headers.get("emostream-seq"), [...bytes]]).toEqual([200, "image/jpeg", "0", [0xff, 0xd8, 7]]);
  expect(stream.preview$.observed).toBe(false);
  expect((await client.call("GET", "/v1/streams/cam/snapshot.jpg?timeoutMs=100")).body).toMatchObject({ status: 504, code: "timeout" });
  expect((await client.call("GET", "/v1/streams/cam/snapshot.jpg?timeoutMs=1")).body).toMatchObject({ code: "invalid_request", issues: [{ path: "timeoutMs" }] });
  stream.enter("paused");
  expect((await client.call("GET", "/v1/streams/cam/snapshot.jpg")).body).toMatchObject({ status: 409, code: "conflict" });
  const abort = new AbortController();
  stream.enter("live");
  const given = fetch(`${test.url}/v1/streams/cam/snapshot.jpg`, { signal: abort.signal });
  await eventually(() => stream.preview$.observed).toBe(true);
  abort.abort();
  await expect(given).rejects.toThrow();
  await eventually(() => stream.preview$.observed).toBe(false);
});

it.each([
  [{}, "source"],
  [{ source: "" }, "source"],
  [{ source: 7 }, "source"],
  [{ source: "rtsp://x/", id: "Not An Id" }, "id"],
  [{ source: "rtsp://x/", id: "a".repeat(65) }, "id"],
  [{ source: "rtsp://x/", transport: "http" }, "transport"],
  [{ source: "rtsp://x/", hwaccel: "vaapi -f" }, "hwaccel"],
  [{ source: "rtsp://x/", analysis: { maxSide: 1 } }, "analysis.maxSide"],
  [{ source: "rtsp://x/", analysis: { blur: { sigma: "2" } } }, "analysis.blur.sigma"],
  [{ source: "rtsp://x/", pictures: true }, ""],
])("refuses %j and names the field", async (body, path) => {
  await using test = await startServer();
  const client = await DocumentedClient.open(test);
  const answer = await client.post("/v1/streams", body);
  expect(answer.body).toMatchObject({ status: 400, code: "invalid_request", issues: [{ path }] });
  expect((answer.body["issues"] as { message: string }[])[0]?.message.length).toBeGreaterThan(10);
  expect(test.streams.size).toBe(0);
});

it("refuses sources of unknown kinds and files outside the media root", async () => {
  await using test = await startServer();
  const client = await DocumentedClient.open(test);
  await writeFile(join(test.dir, "secret.mp4"), "x");
  await symlink(join(test.dir, "secret.mp4"), join(test.dir, "media/link.mp4"));
  const codeOf = async (source: string) => (await client.post("/v1/streams", { source })).body["code"];
  expect(await codeOf("gopher://x/")).toBe("unsupported_protocol");
  expect(await codeOf("../secret.mp4")).toBe("outside_media_root");
  expect(await codeOf("link.mp4")).toBe("outside_media_root");
  expect(await codeOf("/etc/passwd")).toBe("outside_media_root");
  expect(await codeOf("/no/such/file")).toBe("outside_media_root");
  expect(await codeOf(".")).toBe("outside_media_root");
  expect(await codeOf("a\0b")).toBe("outside_media_root");
  expect(await codeOf("nothing.mp4")).toBe("not_found");
  expect(await codeOf(join(test.dir, "media/clip.mp4"))).toBeUndefined();
  expect(test.streams.size).toBe(1);
});

it("keeps to the limit of streams, also for requests at the same time", async () => {
  await using test = await startServer({ server: { maxStreams: 2 } });
  const client = await DocumentedClient.open(test);
  const answers = await Promise.all([1, 2, 3, 4].map((n) => client.post("/v1/streams", { source: `rtsp://cam-${n}/` })));
  expect(answers.map((a) => a.status).toSorted()).toEqual([201, 201, 429, 429]);
  const same = await Promise.all([client.call("DELETE", "/v1/streams/cam-1"), client.call("DELETE", "/v1/streams/cam-2")]);
  expect(same.map((a) => a.status)).toContain(204);
});

it("lets one of two requests with the same id win", async () => {
  await using test = await startServer();
  const client = await DocumentedClient.open(test);
  const answers = await Promise.all([1, 2].map(() => client.post("/v1/streams", { id: "one", source: "clip.mp4" })));
  expect(answers.map((a) => a.status).toSorted()).toEqual([201, 409]);
  expect(test.streams.size).toBe(1);
});

it("lets the operator add files from anywhere, for this run only", async () => {
  await using test = await startServer();
  const clip = join(test.dir, "demo.mp4");
  await writeFile(clip, "x");
  await expect(test.server.addStream({ id: "demo", source: clip }, { persist: false })).rejects.toMatchObject({ code: "outside_media_root" });
  await expect(test.server.addStream({ id: "NO", source: clip }, { persist: false })).rejects.toMatchObject({ code: "invalid_request", issues: [{ path: "id" }] });
  expect(await test.server.addStream({ id: "demo", source: clip, loop: true }, { persist: false, trusted: true })).toMatchObject({ id: "demo", persistent: false, settings: { loop: true } });
  expect(test.stream("demo").spec.source).toBe(clip);
  await using again = await test.restart();
  expect(again.streams.size).toBe(0);
});
