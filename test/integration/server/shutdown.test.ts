// A server that closes leaves nothing: no socket, no timer, no subscription, no port.

import { once } from "node:events";
import { connect } from "node:net";
import { expect, it } from "vitest";
import { eventually } from "./support/eventually.js";
import { deferred } from "./support/deferred.js";
import { FeedSocket } from "./support/feed-socket.js";
import { startServer } from "./support/test-server.js";

function held(): number {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP") || name === "Timeout").length;
}

it("stops all streams at the same time", async () => {
  await using test = await startServer();
  const names = ["a", "b", "c"];
  for (const name of names) await test.add(name);
  let stopped = 0;
  const all = deferred();
  for (const name of names) {
    const stream = test.stream(name);
    // each waits until the others have been asked too
    Object.defineProperty(stream, "stopping", {
      get: () => {
        if (++stopped === names.length) all.resolve();
        return all.promise;
      },
    });
  }
  await test.server.close();
  expect(names.map((name) => test.stream(name).calls.at(-1))).toEqual(["stop", "stop", "stop"]);
});

it("does not wait longer than it may for a stream that does not stop", async () => {
  await using test = await startServer({ server: { shutdownTimeoutMs: 300 } });
  const cam = await test.add("cam");
  cam.stopping = new Promise(() => undefined);
  const begun = performance.now();
  await test.server.close();
  expect(performance.now() - begun).toBeLessThan(10_000);
});

it("cuts off requests that wait, is closed once, and answers 503 meanwhile", async () => {
  await using test = await startServer();
  const cam = await test.add("cam");
  cam.enter("live");
  const decoder = deferred();
  cam.stopping = decoder.promise;
  const socket = connect(test.server.port, "127.0.0.1");
  // one request whole, so that the connection is kept; the next one comes after close() was called
  socket.write("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /v1/str");
  await once(socket, "data");
  const closing = test.server.close();
  expect(test.server.close()).toBe(closing);
  socket.write("eams HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(String(answer)).toMatch(/^HTTP\/1\.1 503 [^]*"code":"shutting_down"/);
  decoder.resolve();
  await closing;
  socket.destroy();
  await expect(test.server.addStream({ source: "rtsp://x/" }, { persist: false })).rejects.toMatchObject({ code: "shutting_down" });
  await expect(fetch(`${test.url}/healthz`)).rejects.toThrow();
});

it("leaves no socket and no timer", async () => {
  // no fetch in here: it keeps its connections for a while
  const test = await startServer();
  const before = held();
  const cam = await test.add("cam");
  const feeds = await Promise.all([FeedSocket.open(test.url), FeedSocket.open(test.url, "/v1/feed?preview=jpeg")]);
  cam.emitFrame();
  await feeds[1]?.next("preview");
  expect(held()).toBeGreaterThan(before);
  await test[Symbol.asyncDispose]();
  await Promise.all(feeds.map((feed) => feed.closed));
  // the listening socket, counted in `before`, is gone too
  await eventually(held).toBeLessThan(before);
});

it("hands its port on", async () => {
  await using test = await startServer();
  const { port } = test.server;
  await using _feed = await FeedSocket.open(test.url);
  await test.server.close();
  await using next = await startServer({ server: { port } });
  expect(next.server.port).toBe(port);
});
