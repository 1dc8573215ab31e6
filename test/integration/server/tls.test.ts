// HTTPS by certificate files: REST, viewer, feed, cookie.

import { request } from "node:https";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { selfSigned } from "../../support/self-signed.js";
import { FeedSocket } from "./support/feed-socket.js";
import { startServer } from "./support/test-server.js";

const { cert, key } = selfSigned();
const token = "correct-horse-battery";
let dir = "";
const path = (name: string) => join(dir, name);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "emostream-tls-"));
  await writeFile(path("cert.pem"), cert);
  await writeFile(path("key.pem"), key, { mode: 0o600 });
  await writeFile(path("other-key.pem"), selfSigned().key);
  await writeFile(path("text.pem"), "no certificate");
});
afterAll(() => rm(dir, { recursive: true }));

function get(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, { ca: cert }, (response) => {
      response.resume();
      resolve(response);
    })
      .on("error", reject)
      .end();
  });
}

it("serves HTTPS and wss, with a cookie for nothing else", async () => {
  await using test = await startServer({ server: { token, tls: { cert: path("cert.pem"), key: path("key.pem") } } });
  expect(test.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  expect((await get(`${test.url}/healthz`)).statusCode).toBe(200);
  expect((await get(`${test.url}/v1/streams`)).statusCode).toBe(401);
  const traded = await get(`${test.url}/?token=${token}`);
  expect([traded.statusCode, traded.headers["set-cookie"]?.[0]]).toEqual([303, expect.stringMatching(/; HttpOnly; SameSite=Strict; Secure$/)]);
  const origin = test.url;
  await using feed = await FeedSocket.open(test.url, `/v1/feed?token=${token}`, { ca: cert, origin });
  (await test.add("cam")).emitResult();
  await feed.next("frame");
  // plain HTTP is not answered there
  await expect(fetch(test.url.replace("https", "http"))).rejects.toThrow();
});

it.each([
  ["missing.pem", "key.pem", "server.tls.cert"],
  ["cert.pem", "missing.pem", "server.tls.key"],
  ["text.pem", "key.pem", "server.tls"],
  ["cert.pem", "other-key.pem", "server.tls"],
])("does not start with %s and %s", async (certFile, keyFile, setting) => {
  await expect(startServer({ server: { tls: { cert: path(certFile), key: path(keyFile) } } })).rejects.toMatchObject({ code: "invalid_config", message: expect.stringContaining(setting) as unknown });
});
