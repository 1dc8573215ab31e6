// Two tokens: one may look, the other may do everything. Held against the server's own list of routes, so that no new route escapes.

import { expect, it } from "vitest";
import { DocumentedClient } from "./support/documented.js";
import { FakeAnalyses, FakePredict } from "./support/fake-services.js";
import { FeedSocket } from "./support/feed-socket.js";
import { startServer, type TestServer } from "./support/test-server.js";

const server = { token: "the-admin-token", viewToken: "the-view-token" };
const admin = { authorization: `Bearer ${server.token}` };
const view = { authorization: `Bearer ${server.viewToken}` };

function start(): Promise<TestServer> {
  return startServer({ server, deps: { analyses: new FakeAnalyses(), predict: new FakePredict() } });
}

it("refuses the view token every method but GET, on every route there is", async () => {
  await using test = await start();
  await test.add("cam");
  const client = await DocumentedClient.open(test, view);
  const changing = Object.entries(client.document.paths).flatMap(([path, methods]) => Object.keys(methods).filter((m) => m !== "get").map((m) => [m.toUpperCase(), path.replaceAll(/\{[^}]+\}/g, "cam")] as const));
  expect(changing.length).toBeGreaterThan(6);
  for (const [method, path] of changing) {
    const answer = await client.call(method, path, ["POST", "PATCH"].includes(method) ? { body: "{}", headers: { "content-type": "application/json" } } : {});
    expect([method, path, answer.status, answer.body["code"]]).toEqual([method, path, 403, "admin_only"]);
  }
  expect(test.stream("cam").calls).toEqual(["start"]);
  for (const method of ["PUT", "PATCH", "DELETE", "POST"]) expect((await fetch(`${test.url}/nothing`, { method, headers: view })).status).toBe(403);
});

it("lets the view token look: lists, figures, documents, the feed with pictures", async () => {
  await using test = await start();
  const cam = await test.add("cam");
  const client = await DocumentedClient.open(test, view);
  for (const path of ["/v1/streams", "/v1/streams/cam", "/v1/analyses", "/v1/info", "/metrics", "/asyncapi.json"]) expect((await client.call("GET", path)).status, path).toBe(200);
  const page = await fetch(`${test.url}/?token=${server.viewToken}`, { redirect: "manual" });
  const cookie = (page.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  expect((await fetch(`${test.url}/`, { headers: { cookie } })).status).toBe(200);
  await using feed = await FeedSocket.open(test.url, "/v1/feed?preview=jpeg", { headers: { cookie } });
  cam.emitFrame();
  await feed.next("preview");
  expect((await fetch(`${test.url}/v1/streams/cam/pause`, { method: "POST", headers: { cookie } })).status).toBe(403);
});

it("tells each client its role, in hello and in /v1/info", async () => {
  await using test = await start();
  for (const [role, headers] of [["view", view], ["admin", admin]] as const) {
    await using feed = await FeedSocket.open(test.url, "/v1/feed", { headers });
    expect(feed.of("hello")[0]?.role).toBe(role);
    expect(((await (await fetch(`${test.url}/v1/info`, { headers })).json()) as { role: string }).role).toBe(role);
  }
});

it("lets the admin token do both", async () => {
  await using test = await start();
  await test.add("cam");
  const client = await DocumentedClient.open(test, admin);
  expect((await client.call("POST", "/v1/streams/cam/pause")).status).toBe(200);
  expect((await client.call("DELETE", "/v1/streams/cam")).status).toBe(204);
  // the stronger of two counts
  const cookie = ((await fetch(`${test.url}/?token=${server.viewToken}`, { redirect: "manual" })).headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  expect((await fetch(`${test.url}/v1/streams`, { method: "POST", headers: { ...admin, cookie, "content-type": "application/json" }, body: '{"source":"rtsp://x/"}' })).status).toBe(201);
});

it("refuses one token for both roles", async () => {
  await expect(startServer({ server: { token: "one-and-the-same", viewToken: "one-and-the-same" } })).rejects.toMatchObject({ code: "invalid_config" });
});
