// What one client may do in a minute, how long a request may take, and how large what it sends may grow.

import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { DocumentedClient } from "./support/documented.js";
import { FakePredict } from "./support/fake-services.js";
import { FeedSocket, refusedUpgrade } from "./support/feed-socket.js";
import { startServer } from "./support/test-server.js";

const token = "correct-horse-battery";
const bearer = (value: string) => ({ authorization: `Bearer ${value}` });

const change = async (url: string, forwarded: string) => (await fetch(`${url}/v1/streams/cam/pause`, { method: "POST", headers: { "x-forwarded-for": forwarded } })).status;
const bomb = (bytes: number) => new Uint8Array(gzipSync(Buffer.alloc(bytes, " ")));

/** A clock that the test moves. */
function clock(): { now: () => number; passSeconds: (seconds: number) => void } {
  let ms = 1_800_000_000_000;
  return { now: () => ms, passSeconds: (seconds) => (ms += seconds * 1000) };
}

it("lets nobody guess tokens: after a few wrong ones even the right one has to wait", async () => {
  const { now, passSeconds } = clock();
  await using test = await startServer({ server: { token, limits: { failedTokensPerMinute: 3 } }, deps: { now } });
  const ask = (value: string) => fetch(`${test.url}/v1/streams`, { headers: bearer(value) });
  for (const guess of ["guess-1", "guess-2", "guess-3"]) expect((await ask(guess)).status).toBe(401);
  for (const response of [await ask("guess-4"), await ask(token)]) {
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "20"]);
    expect(await response.json()).toMatchObject({ code: "too_many", detail: expect.stringContaining("server.limits.failedTokensPerMinute") as unknown });
  }
  expect((await fetch(`${test.url}/?token=${token}`, { redirect: "manual" })).status).toBe(429);
  expect(await refusedUpgrade(test.url, `/v1/feed?token=${token}`)).toMatchObject({ status: 429, headers: { "retry-after": "20" } });
  expect(await refusedUpgrade(test.url, "/v1/feed", { headers: { cookie: "emostream=guess" } })).toMatchObject({ status: 429 });
  // none at all is no guess
  expect((await fetch(`${test.url}/v1/streams`)).status).toBe(401);
  passSeconds(20);
  expect((await ask(token)).status).toBe(200);
});

it("counts each wrong token once, so a stale tab or script locks nobody out; and beside a right one, too", async () => {
  await using test = await startServer({ server: { token, viewToken: "may-only-look", limits: { failedTokensPerMinute: 2 } }, deps: clock() });
  for (let i = 0; i < 10; i++) expect((await fetch(`${test.url}/v1/streams`, { headers: { cookie: "emostream=stale" } })).status).toBe(401);
  expect((await fetch(`${test.url}/v1/streams`, { headers: bearer(token) })).status).toBe(200);
  const look = ((await fetch(`${test.url}/?token=may-only-look`, { redirect: "manual" })).headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const guess = async (value: string) => (await fetch(`${test.url}/v1/streams`, { headers: { ...bearer(value), cookie: look } })).status;
  expect([await guess("guess-1"), await guess("guess-2"), await guess(token)]).toEqual([200, 429, 429]);
});

it("limits requests that change something, and looks on freely", async () => {
  const { now, passSeconds } = clock();
  await using test = await startServer({ server: { limits: { changesPerMinute: 2 } }, deps: { now } });
  const client = await DocumentedClient.open(test);
  await test.add("cam");
  expect((await client.call("POST", "/v1/streams/cam/pause")).status).toBe(200);
  expect((await client.call("POST", "/v1/streams/cam/resume")).status).toBe(200);
  const refused = await client.call("DELETE", "/v1/streams/cam");
  expect([refused.status, refused.headers.get("retry-after"), refused.body["code"]]).toEqual([429, "30", "too_many"]);
  expect((await client.call("GET", "/v1/streams/cam")).status).toBe(200);
  passSeconds(30);
  expect((await client.call("DELETE", "/v1/streams/cam")).status).toBe(204);
});

it("limits new connections to the feed", async () => {
  await using test = await startServer({ server: { limits: { feedConnectsPerMinute: 1 } }, deps: clock() });
  await using _first = await FeedSocket.open(test.url);
  expect(await refusedUpgrade(test.url, "/v1/feed")).toMatchObject({ status: 429, body: { code: "too_many" }, headers: { "retry-after": "60" } });
});

it("counts clients behind a trusted proxy one by one, and believes nobody else", async () => {
  const limits = { changesPerMinute: 1 };
  await using behind = await startServer({ server: { limits, trustedProxies: ["127.0.0.1"] }, deps: clock() });
  await behind.add("cam");
  expect(await change(behind.url, "203.0.114.1")).toBe(200);
  expect(await change(behind.url, "203.0.114.2")).toBe(200);
  expect(await change(behind.url, "203.0.114.1")).toBe(429);
  // what a client writes before the proxy's entry does not help it
  expect(await change(behind.url, "198.51.100.9, 203.0.114.2")).toBe(429);
  await using direct = await startServer({ server: { limits }, deps: clock() });
  await direct.add("cam");
  expect([await change(direct.url, "203.0.114.1"), await change(direct.url, "203.0.114.2")]).toEqual([200, 429]);
});

it("cuts off headers, bodies and silence that take too long", async () => {
  await using test = await startServer({ server: { limits: { headersTimeoutMs: 200, bodyTimeoutMs: 200, idleTimeoutMs: 1000 } }, deps: { predict: new FakePredict() } });
  const cam = await test.add("cam");
  await using feed = await FeedSocket.open(test.url);
  // all sockets stay open on this side: it is the server that closes
  const [headers, body, nothing, silence] = await Promise.all(
    [
      "GET /v1/info HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
      'POST /v1/streams HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"source":',
      "",
      "GET /v1/streams/cam/snapshot.jpg?timeoutMs=30000 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", // no picture ever comes
    ].map((bytes) => {
      const socket = connect({ port: test.server.port, host: "127.0.0.1", allowHalfOpen: true });
      socket.write(bytes);
      return text(socket).catch(() => "");
    }),
  );
  expect(headers).toMatch(/^HTTP\/1\.1 408 [^]*"code":"timeout"/);
  expect(body).not.toContain("201");
  expect(nothing).not.toContain("200");
  expect(silence).toBe("");
  expect([...test.streams.keys()]).toEqual(["cam"]);
  // a feed may be silent for as long as it likes
  cam.emitResult();
  await feed.next("frame");
});

it("refuses bodies that unpack to more than they may", async () => {
  await using test = await startServer({ deps: { predict: new FakePredict() }, server: { maxPictureBytes: 100_000 } });
  const client = await DocumentedClient.open(test);
  const packed = (path: string, type: string, body: Uint8Array<ArrayBuffer>) => client.call("POST", path, { body, headers: { "content-type": type, "content-encoding": "gzip" } });
  expect((await packed("/v1/streams", "application/json", bomb(50_000_000))).body).toMatchObject({ status: 413, code: "payload_too_large" });
  expect((await packed("/v1/predict", "image/png", bomb(50_000_000))).body).toMatchObject({ status: 413, code: "payload_too_large" });
});
