// HTTP in general: bad requests, methods, limits, documents, headers, files of the viewer, foreign pages.

import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { request } from "node:http";
import { expect, it } from "vitest";
import { openPushedSource } from "../../../src/ingest/index.js";
import { createServer } from "../../../src/server/index.js";
import { parseConfig } from "../../../src/core/config.js";
import { silentLogger } from "../../../src/core/logger.js";
import { DocumentedClient } from "./support/documented.js";
import { refusedUpgrade, FeedSocket } from "./support/feed-socket.js";
import { engineInfo, parseSource, startServer } from "./support/test-server.js";

it.each([
  ["malformed JSON", "application/json", '{"source":', 400, "invalid_request"],
  ["no object", "application/json", '"rtsp://x/"', 400, "invalid_request"],
  ["null", "application/json", "null", 400, "invalid_request"],
  ["an array", "application/json", "[]", 400, "invalid_request"],
  ["an empty body", "application/json", "", 400, "invalid_request"],
  ["another content type", "text/plain", '{"source":"rtsp://x/"}', 415, "unsupported_media_type"],
  ["a form", "application/x-www-form-urlencoded", "source=rtsp://x/", 415, "unsupported_media_type"],
  ["an unknown charset", "application/json; charset=klingon", "{}", 415, "unsupported_media_type"],
  ["a large body", "application/json", JSON.stringify({ source: "x".repeat(70_000) }), 413, "payload_too_large"],
  ["a prototype", "application/json", '{"__proto__":{"source":"rtsp://x/"}}', 400, "invalid_request"],
])("refuses %s", async (_name, type, body, status, code) => {
  await using test = await startServer();
  const client = await DocumentedClient.open(test);
  const answer = await client.call("POST", "/v1/streams", { body, headers: { "content-type": type } });
  expect(answer.body).toMatchObject({ status, code });
  expect(test.streams.size).toBe(0);
});

it("refuses unknown routes, wrong methods, unknown and repeated query fields and malformed paths", async () => {
  await using test = await startServer();
  const client = await DocumentedClient.open(test);
  expect((await client.call("GET", "/v1/nothing")).body).toMatchObject({ code: "route_not_found" });
  expect((await client.call("POST", "/nothing")).body).toMatchObject({ code: "route_not_found" });
  expect((await client.call("GET", "/v1/analyses")).body).toMatchObject({ code: "route_not_found" });
  const wrong = await client.call("PUT", "/v1/streams");
  expect([wrong.status, wrong.headers.get("allow"), wrong.body["code"]]).toEqual([405, "POST, GET, HEAD, OPTIONS", "method_not_allowed"]);
  expect((await client.call("DELETE", "/healthz")).headers.get("allow")).toBe("GET, HEAD, OPTIONS");
  expect((await client.call("POST", "/")).status).toBe(405);
  const options = await fetch(`${test.url}/v1/streams`, { method: "OPTIONS" });
  expect([options.status, options.headers.get("allow")]).toEqual([204, "POST, GET, HEAD, OPTIONS"]);
  expect((await client.call("GET", "/v1/streams?page=2")).status).toBe(400);
  await test.add("cam");
  expect((await client.call("GET", "/v1/streams/cam/snapshot.jpg?timeoutMs=200&timeoutMs=300")).status).toBe(400);
  expect((await client.call("GET", "/v1/streams/A%20B")).body).toMatchObject({ code: "invalid_request", issues: [{ path: "id" }] });
  const malformed = await fetch(`${test.url}/v1/streams/%zz`);
  expect([malformed.status, ((await malformed.json()) as { code: string }).code]).toEqual([400, "invalid_request"]);
});

it("serves the viewer with a strict policy and nothing beside it", async () => {
  await using test = await startServer();
  const page = await fetch(`${test.url}/`);
  expect(await page.text()).toContain("viewer");
  const policy = page.headers.get("content-security-policy") ?? "";
  const host = new URL(test.url).host;
  for (const part of ["default-src 'none'", "script-src 'self'", "img-src 'self' blob: data:", `connect-src 'self' ws://${host} wss://${host}`, "frame-ancestors 'none'"]) expect(policy.split(";")).toContain(part);
  expect(page.headers.get("referrer-policy")).toBe("no-referrer");
  expect(page.headers.get("x-powered-by")).toBeNull();
  expect(page.headers.get("cache-control")).toBe("no-cache");
  for (const path of ["/../state/state.json", "/%2e%2e/state/state.json", "/..%2fstate%2fstate.json", "/.hidden"]) {
    const raw = await rawRequest(test.server.port, `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
    expect(raw).toMatch(/^HTTP\/1\.1 404 /);
    expect(raw).toContain('"code":"route_not_found"');
  }
});

it("answers what is no HTTP, and headers that are too long", async () => {
  await using test = await startServer();
  expect(await rawRequest(test.server.port, "what\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*"code":"invalid_request"/);
  expect(await rawRequest(test.server.port, `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${"x".repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
});

it("tells about itself", async () => {
  await using test = await startServer();
  const client = await DocumentedClient.open(test);
  expect((await client.call("GET", "/v1/info")).body).toMatchObject({ name: "emostream", version: "1.2.3", feedVersion: 1, engine: engineInfo, features: { analyses: false, predict: false }, limits: { streams: 64 } });
  expect((await client.call("GET", "/healthz")).body).toEqual({ status: "ok" });
  expect((await client.call("GET", "/readyz")).body).toEqual({ status: "ok" });
  expect((await fetch(`${test.url}/v1/info`, { method: "HEAD" })).status).toBe(200);
  const plain = await client.call("GET", "/v1/feed");
  expect([plain.status, plain.headers.get("upgrade")]).toEqual([426, "websocket"]);
});

it("writes metrics in which every decoded frame is accounted for", async () => {
  await using test = await startServer();
  const client = await DocumentedClient.open(test);
  const cam = await test.add("cam");
  cam.enter("live", { fps: 24 });
  cam.emitResult();
  cam.emitResult();
  cam.dropped.superseded = 5;
  cam.dropped.pool_dry = 1;
  cam.inFlight = 2;
  await using _feed = await FeedSocket.open(test.url);
  const { bytes } = await client.call("GET", "/metrics");
  const metrics = new Map([...new TextDecoder().decode(bytes).matchAll(/^([a-z_]+(?:\{[^}]*\})?) (\S+)$/gm)].map((m) => [m[1], Number(m[2])]));
  expect(metrics.get('emostream_frames_decoded_total{stream="cam"}')).toBe(10);
  expect(metrics.get('emostream_frames_analysed_total{stream="cam"}')).toBe(2);
  expect(metrics.get('emostream_frames_in_flight{stream="cam"}')).toBe(2);
  expect(metrics.get('emostream_frames_dropped_total{stream="cam",reason="superseded"}')).toBe(5);
  expect(metrics.get('emostream_frames_dropped_total{stream="cam",reason="pool_dry"}')).toBe(1);
  expect(metrics.get('emostream_stream_state{stream="cam",state="live"}')).toBe(1);
  expect(metrics.get('emostream_stream_state{stream="cam",state="paused"}')).toBe(0);
  expect(metrics.get('emostream_frame_latency_seconds_count{stream="cam"}')).toBe(2);
  expect(metrics.get('emostream_frame_latency_seconds_bucket{le="0.02",stream="cam"}')).toBe(2);
  expect(metrics.get("emostream_feed_clients")).toBe(1);
  expect(metrics.get('emostream_event_loop_delay_seconds{quantile="0.99"}')).toBeGreaterThan(0);
  await client.call("DELETE", "/v1/streams/cam");
  expect(new TextDecoder().decode((await client.call("GET", "/metrics")).bytes)).not.toContain('stream="cam"');
});

it("keeps foreign pages and foreign names out", async () => {
  await using test = await startServer();
  await test.add("cam");
  const { host } = new URL(test.url);
  const post = async (origin: string) => (await fetch(`${test.url}/v1/streams/cam/pause`, { method: "POST", headers: { origin } })).status;
  expect(await post("https://evil.example")).toBe(403);
  expect(await post("null")).toBe(403);
  expect(await post(`http://${host}`)).toBe(200);
  expect(await refusedUpgrade(test.url, "/v1/feed", { origin: "https://evil.example" })).toMatchObject({ status: 403, body: { code: "forbidden" } });
  await using _own = await FeedSocket.open(test.url, "/v1/feed", { origin: `http://${host}` });
  const withHost = (name: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      request(`${test.url}/v1/streams`, { headers: { host: name } }, (res) => {
        res.resume();
        resolve(res.statusCode);
      })
        .on("error", reject)
        .end();
    });
  expect(await withHost("rebound.example")).toBe(403);
  expect(await withHost(`rebound.example:${test.server.port}`)).toBe(403);
  expect(await withHost("localhost:1234")).toBe(200);
  expect(await withHost("[::1]:1234")).toBe(200);
  expect(await refusedUpgrade(test.url, "/v1/feed", { headers: { host: "rebound.example" } })).toMatchObject({ status: 403 });
});

it("refuses a port that is taken and leaves nothing behind", async () => {
  await using test = await startServer();
  const config = parseConfig({ server: { port: test.server.port, stateFile: test.stateFile } });
  const second = createServer({ config, logger: silentLogger(), version: "1", engineInfo, parseSource, webDir: test.dir, makeStream: () => expect.unreachable(), openPushedSource });
  await expect(second).rejects.toMatchObject({ name: "AppError", code: "address_in_use" });
  const elsewhere = parseConfig({ server: { host: "192.0.2.1", port: 0, stateFile: test.stateFile } });
  await expect(createServer({ config: elsewhere, logger: silentLogger(), version: "1", engineInfo, parseSource, webDir: test.dir, makeStream: () => expect.unreachable(), openPushedSource })).rejects.toMatchObject({ code: "invalid_config" });
});

async function rawRequest(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(bytes);
  return text(socket);
}
