// Streams come back after a restart, whatever happened to the state file.

import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { DocumentedClient } from "./support/documented.js";
import { startServer } from "./support/test-server.js";

it("brings streams back with their settings and intentions", async () => {
  await using test = await startServer();
  const client = await DocumentedClient.open(test);
  await client.post("/v1/streams", { id: "door", name: "Door", source: "rtsp://u:secret@door/", transport: "udp", analysis: { maxFps: 5 } });
  await client.post("/v1/streams", { id: "clip", source: "clip.mp4", loop: true });
  await client.post("/v1/streams", { id: "gone", source: "rtsp://gone/" });
  await client.call("POST", "/v1/streams/clip/pause");
  await client.call("DELETE", "/v1/streams/gone");
  await test.add("demo");
  const before = (await client.call("GET", "/v1/streams/door")).body;
  expect((await stat(test.stateFile)).mode & 0o777).toBe(0o600);

  await using again = await test.restart();
  const after = await DocumentedClient.open(again);
  expect((await after.call("GET", "/v1/streams")).body).toMatchObject({
    streams: [
      { id: "door", name: "Door", source: "rtsp://***@door/", createdAt: before["createdAt"], settings: { transport: "udp", analysis: { maxFps: 5 } }, persistent: true },
      { id: "clip", state: "paused", settings: { loop: true } },
    ],
  });
  expect(again.stream("door").spec.source).toBe("rtsp://u:secret@door/");
  expect([again.stream("door").calls, again.stream("clip").calls]).toEqual([["start"], ["pause"]]);
  expect((await after.call("POST", "/v1/streams/clip/resume")).body).toMatchObject({ state: "connecting" });

  await using third = await again.restart();
  expect(third.stream("clip").calls).toEqual(["start"]);
});

it("brings back a file stream whose file is missing, so that its owner sees why it fails", async () => {
  await using test = await startServer();
  const client = await DocumentedClient.open(test);
  await client.post("/v1/streams", { source: "clip.mp4" });
  await test.server.close();
  const state = JSON.parse(await readFile(test.stateFile, "utf8")) as { streams: { source: string }[] };
  await writeFile(test.stateFile, JSON.stringify({ ...state, streams: state.streams.map((s) => ({ ...s, source: "later.mp4" })) }));
  await using again = await test.restart();
  expect(again.stream("clip").spec.source).toBe(join(test.dir, "media/later.mp4"));
});

it.each([
  ["cut off", '{"version":1,"streams":[{"id":'],
  ["empty", ""],
  ["of another version", '{"version":2,"streams":[]}'],
  ["something else", "[1,2,3]"],
])("sets a state file aside that is %s, and starts without it", async (_name, text) => {
  await using test = await startServer();
  await test.server.close();
  await mkdir(dirname(test.stateFile), { recursive: true });
  await writeFile(test.stateFile, text);
  await using again = await test.restart();
  expect(again.streams.size).toBe(0);
  const names = await readdir(dirname(test.stateFile));
  expect(names).toEqual([expect.stringMatching(/^state\.json\.damaged-\d{4}-\d\d-\d\dT/)]);
  expect(await readFile(join(dirname(test.stateFile), names[0] ?? ""), "utf8")).toBe(text);
});

it("uses what can be read of a state file with one bad entry", async () => {
  await using test = await startServer();
  await test.server.close();
  const good = { id: "good", source: "rtsp://good/", intent: "running", createdAt: "2026-01-01T00:00:00.000Z" };
  await mkdir(dirname(test.stateFile), { recursive: true });
  await writeFile(test.stateFile, JSON.stringify({ version: 1, streams: [{ ...good, id: "BAD ID" }, good, good] }));
  await using again = await test.restart();
  expect([...again.streams.keys()]).toEqual(["good"]);
  expect((await readdir(dirname(test.stateFile))).some((name) => name.includes(".damaged-"))).toBe(true);
});

it("keeps streams in the file that it cannot start now", async () => {
  await using test = await startServer();
  const client = await DocumentedClient.open(test);
  for (const id of ["a", "b"]) await client.post("/v1/streams", { id, source: `rtsp://${id}/` });
  await test.server.close();
  await using limited = await startServer({ dir: test.dir, server: { maxStreams: 1 } });
  expect([...limited.streams.keys()]).toEqual(["a"]);
  await (await DocumentedClient.open(limited)).call("POST", "/v1/streams/a/pause");
  await limited.server.close();
  await using full = await startServer({ dir: test.dir });
  expect([...full.streams.keys()]).toEqual(["a", "b"]);
});

it("does not say that a stream was added when it would be forgotten", async () => {
  await using test = await startServer();
  const client = await DocumentedClient.open(test);
  // a folder in the place of the file cannot be replaced by one, not even by root
  await mkdir(test.stateFile, { recursive: true });
  const answer = await client.post("/v1/streams", { id: "cam", source: "rtsp://cam/" });
  expect(answer.status).toBe(500);
  expect(test.stream("cam").calls).toEqual(["start", "stop"]);
  expect((await client.call("GET", "/v1/streams/cam")).status).toBe(404);
  await rm(test.stateFile, { recursive: true });
  expect((await client.post("/v1/streams", { id: "cam", source: "rtsp://cam/" })).status).toBe(201);
});

it("writes the file whole, many changes at a time", async () => {
  await using test = await startServer();
  const client = await DocumentedClient.open(test);
  await Promise.all(Array.from({ length: 20 }, (_, n) => client.post("/v1/streams", { id: `s${n}`, source: `rtsp://s${n}/` })));
  await Promise.all(Array.from({ length: 10 }, (_, n) => client.call("DELETE", `/v1/streams/s${n}`)));
  const state = JSON.parse(await readFile(test.stateFile, "utf8")) as { streams: { id: string }[] };
  expect(state.streams.map((s) => s.id).toSorted()).toEqual(Array.from({ length: 10 }, (_, n) => `s${n + 10}`));
  expect(await readdir(dirname(test.stateFile))).toEqual(["state.json"]);
  await chmod(test.stateFile, 0o644);
  await client.call("DELETE", "/v1/streams/s10");
  expect((await stat(test.stateFile)).mode & 0o777).toBe(0o600);
});
