// A server with a token: who gets in, and how a browser does.

import { expect, it } from "vitest";
import { DocumentedClient } from "./support/documented.js";
import { FeedSocket, refusedUpgrade } from "./support/feed-socket.js";
import { startServer } from "./support/test-server.js";

const token = "correct-horse-battery";
const bearer = { authorization: `Bearer ${token}` };

async function browserCookie(url: string): Promise<string> {
  const response = await fetch(`${url}/?token=${token}`, { redirect: "manual" });
  return (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
}

it("lets nobody in without the token, except to /healthz", async () => {
  await using test = await startServer({ server: { token } });
  for (const path of ["/", "/index.html", "/v1/streams", "/v1/info", "/metrics", "/readyz", "/openapi.json", "/asyncapi.json", "/v1/feed", "/nothing"]) {
    const response = await fetch(test.url + path);
    expect([path, response.status, response.headers.get("www-authenticate"), response.headers.get("content-type")]).toEqual([path, 401, 'Bearer realm="emostream"', "application/problem+json"]);
    expect(((await response.json()) as { code: string }).code).toBe("unauthenticated");
  }
  expect((await fetch(`${test.url}/healthz`)).status).toBe(200);
  for (const authorization of ["Bearer wrong", `Basic ${token}`, `Bearer ${token}x`, `Bearer ${token.slice(1)}`, "Bearer", token]) {
    expect((await fetch(`${test.url}/v1/streams`, { headers: { authorization } })).status).toBe(401);
  }
  // outside the viewer's address the query is no place for a token
  expect((await fetch(`${test.url}/v1/streams?token=${token}`)).status).toBe(401);
});

it("lets scripts in with the bearer header, and documents it", async () => {
  await using test = await startServer({ server: { token } });
  const client = await DocumentedClient.open(test, bearer);
  expect((await client.post("/v1/streams", { source: "rtsp://x/" })).status).toBe(201);
  const anonymous = await fetch(`${test.url}/v1/streams`);
  expect(anonymous.status).toBe(401);
  expect(Object.keys(client.document.paths["/v1/streams"]?.["get"]?.responses ?? {})).toContain("401");
  expect(client.document).toMatchObject({ components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } } });
});

it("trades the token of a link for a cookie that does not contain it", async () => {
  await using test = await startServer({ server: { token } });
  const response = await fetch(`${test.url}/?token=${token}&stream=demo`, { redirect: "manual" });
  expect([response.status, response.headers.get("location")]).toEqual([303, "/?stream=demo"]);
  const cookie = response.headers.get("set-cookie") ?? "";
  expect(cookie).toMatch(/^emostream=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/);
  expect(cookie).not.toContain(token);
  const headers = { cookie: cookie.split(";")[0] ?? "" };
  expect(await (await fetch(`${test.url}/`, { headers })).text()).toContain("viewer");
  expect((await fetch(`${test.url}/v1/streams`, { headers })).status).toBe(200);
  expect((await fetch(`${test.url}/v1/streams`, { headers: { cookie: `emostream=${token}` } })).status).toBe(401);
  expect((await fetch(`${test.url}/?token=wrong`, { redirect: "manual" })).status).toBe(401);
  expect((await fetch(`${test.url}/?token=wrong`, { redirect: "manual", headers })).headers.get("location")).toBe("/");
});

it("never redirects to another host", async () => {
  await using test = await startServer({ server: { token } });
  for (const path of ["//evil.example/", "/\\evil.example", "///evil.example"]) {
    const response = await fetch(`${test.url}${path}?token=${token}`, { redirect: "manual" });
    const location = response.headers.get("location") ?? "";
    expect(new URL(location, test.url).host).toBe(new URL(test.url).host);
  }
});

it("keeps browsers logged in over a restart, and out after the token changed", async () => {
  await using test = await startServer({ server: { token } });
  const cookie = await browserCookie(test.url);
  await using again = await test.restart();
  expect((await fetch(`${again.url}/v1/streams`, { headers: { cookie } })).status).toBe(200);
  await using changed = await startServer({ server: { token: "another-token" } });
  expect((await fetch(`${changed.url}/v1/streams`, { headers: { cookie } })).status).toBe(401);
});

it("lets WebSockets in by header, cookie or query", async () => {
  await using test = await startServer({ server: { token } });
  await using _byHeader = await FeedSocket.open(test.url, "/v1/feed", { headers: bearer });
  await using _byCookie = await FeedSocket.open(test.url, "/v1/feed", { headers: { cookie: await browserCookie(test.url) } });
  await using _byQuery = await FeedSocket.open(test.url, `/v1/feed?token=${token}`);
  const refused = await refusedUpgrade(test.url, "/v1/feed");
  expect(refused).toMatchObject({ status: 401, body: { code: "unauthenticated" }, headers: { "www-authenticate": 'Bearer realm="emostream"' } });
  expect(await refusedUpgrade(test.url, "/v1/feed?token=wrong")).toMatchObject({ status: 401 });
  // strangers do not even learn that their query is wrong
  expect(await refusedUpgrade(test.url, "/v1/feed?streams=A%20B")).toMatchObject({ status: 401 });
});

it("works behind a proxy with its own name, when a token is set", async () => {
  await using test = await startServer({ server: { token } });
  await using _feed = await FeedSocket.open(test.url, "/v1/feed", { headers: { ...bearer, host: "emo.example" }, origin: "https://emo.example" });
  expect(await refusedUpgrade(test.url, "/v1/feed", { headers: { ...bearer, host: "emo.example" }, origin: "https://evil.example" })).toMatchObject({ status: 403 });
});
