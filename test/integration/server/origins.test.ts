// Other web sites: what their pages may do through a visitor's browser, with and without server.allowedOrigins.

import { request } from "node:http";
import { hostname } from "node:os";
import { expect, it } from "vitest";
import { FakeAnalyses } from "./support/fake-services.js";
import { FeedSocket, refusedUpgrade } from "./support/feed-socket.js";
import { startServer } from "./support/test-server.js";

const app = "https://app.example";

/** A request with a Host of one's own, which fetch does not allow. */
function answerTo(url: string, host: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (res) => {
      let body = "";
      res.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      res.on("end", () => resolve({ status: res.statusCode, body }));
    })
      .on("error", reject)
      .end();
  });
}

it("names server.allowedOrigins when it refuses a page or a host name", async () => {
  await using test = await startServer();
  const foreign = await fetch(`${test.url}/v1/streams`, { method: "POST", headers: { origin: app } });
  expect([foreign.status, ((await foreign.json()) as { detail: string }).detail]).toEqual([403, expect.stringContaining("server.allowedOrigins")]);
  expect(await refusedUpgrade(test.url, "/v1/feed", { origin: app })).toMatchObject({ status: 403, body: { code: "forbidden", detail: expect.stringContaining("server.allowedOrigins") as unknown } });
  expect(await answerTo(`${test.url}/v1/streams`, "rebound.example")).toMatchObject({ status: 403, body: expect.stringContaining("server.allowedOrigins") as unknown });
});

it("lets allowed pages in, and their browsers know it", async () => {
  await using test = await startServer({ server: { allowedOrigins: [app] } });
  await test.add("cam");
  const paused = await fetch(`${test.url}/v1/streams/cam/pause`, { method: "POST", headers: { origin: app } });
  expect([paused.status, paused.headers.get("access-control-allow-origin"), paused.headers.get("access-control-allow-credentials"), paused.headers.get("vary")]).toEqual([200, app, null, "origin"]);
  const asked = await fetch(`${test.url}/v1/streams`, { method: "OPTIONS", headers: { origin: app, "access-control-request-method": "POST" } });
  expect([asked.status, asked.headers.get("access-control-allow-methods"), asked.headers.get("access-control-allow-headers")]).toEqual([204, expect.any(String), "authorization, content-type"]);
  await using _feed = await FeedSocket.open(test.url, "/v1/feed", { origin: app });
  expect((await answerTo(`${test.url}/v1/streams`, "app.example")).status).toBe(200);
  for (const origin of ["https://app.example.evil.example", "http://app.example", "https://app.example:8443", "null"]) {
    const refused = await fetch(`${test.url}/v1/streams/cam/pause`, { method: "POST", headers: { origin } });
    expect([origin, refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([origin, 403, null]);
  }
});

it("lets allowed pages send every method that a route has", async () => {
  await using test = await startServer({ server: { allowedOrigins: [app] }, deps: { analyses: new FakeAnalyses() } });
  const { paths } = (await (await fetch(`${test.url}/openapi.json`)).json()) as { paths: Record<string, object> };
  const documented = new Set(Object.values(paths).flatMap((path) => Object.keys(path).map((method) => method.toUpperCase())));
  const asked = await fetch(`${test.url}/v1/analyses/none/subjects`, { method: "OPTIONS", headers: { origin: app, "access-control-request-method": "PUT" } });
  expect(new Set(asked.headers.get("access-control-allow-methods")?.split(", "))).toEqual(documented);
  expect(documented).toContain("PUT");
});

it("still asks allowed pages for the token", async () => {
  await using test = await startServer({ server: { allowedOrigins: [app], token: "correct-horse-battery" } });
  const asked = await fetch(`${test.url}/v1/streams`, { method: "OPTIONS", headers: { origin: app, "access-control-request-method": "GET" } });
  expect(asked.status).toBe(204);
  const refused = await fetch(`${test.url}/v1/streams`, { headers: { origin: app } });
  expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([401, app]);
});

it("takes addresses and this machine's name in Host where it listens on a network without a token, and no other name", async () => {
  await using test = await startServer({ server: { host: "0.0.0.0", insecure: true } });
  const url = `${test.url}/v1/streams`;
  for (const host of ["192.168.1.20:8080", "[fd12::1]:8080", "localhost", hostname(), `${hostname()}.local`]) expect([host, (await answerTo(url, host)).status]).toEqual([host, 200]);
  for (const host of ["rebound.example", "192.168.1.20.rebound.example"]) expect([host, (await answerTo(url, host)).status]).toEqual([host, 403]);
});

it("gives foreign pages nothing to embed", async () => {
  await using test = await startServer();
  const { headers } = await fetch(`${test.url}/v1/streams`);
  expect([headers.get("cross-origin-resource-policy"), headers.get("cross-origin-opener-policy"), headers.get("x-content-type-options"), headers.get("access-control-allow-origin")]).toEqual(["same-origin", "same-origin", "nosniff", null]);
});
