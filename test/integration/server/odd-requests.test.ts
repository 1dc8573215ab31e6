// Requests that no client library would send, found by `npm run fuzz`: each is answered with a problem document and a code, not by Node, Express or ws.

import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startServer, type TestServer } from "./support/test-server.js";

let test: TestServer;
beforeAll(async () => {
  test = await startServer();
});
afterAll(() => test[Symbol.asyncDispose]());

/** Sends lines as they are and gives what comes until the server closes. */
async function exchange(...lines: string[]): Promise<string> {
  const socket = connect(test.server.port, "127.0.0.1");
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  return text(socket);
}

function problemOf(answer: string): { status: number; code: string } {
  expect(answer).toMatch(/\r\ncontent-type: application\/problem\+json\r\n/i);
  return JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4)) as { status: number; code: string };
}

const host = "Host: 127.0.0.1";
const upgrade = [host, "Connection: Upgrade", "Upgrade: websocket"];
const whole = [...upgrade, "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="];

it.each([
  ["a target that is none", ["GET http://[/ HTTP/1.1", host, "Connection: close"], "invalid_request"],
  ["an expectation that nobody knows", ["POST /v1/streams HTTP/1.1", host, "Expect: a-miracle", "Connection: close"], "invalid_request"],
  ["no Host", ["GET /v1/info HTTP/1.1", "Connection: close"], "invalid_request"],
  ["a method that nobody knows", ["FOO / HTTP/1.1", host, "Connection: close"], "invalid_request"],
  ["a tunnel", ["CONNECT example.org:443 HTTP/1.1", "Host: example.org:443"], "method_not_allowed"],
  ["an upgrade of a target that is none", ["GET // HTTP/1.1", ...whole], "invalid_request"],
  ["an upgrade to something else", ["GET /v1/feed HTTP/1.1", host, "Connection: Upgrade", "Upgrade: h2c"], "invalid_request"],
  ["an upgrade without a key", ["GET /v1/feed HTTP/1.1", ...upgrade, "Sec-WebSocket-Version: 13"], "invalid_request"],
  ["an upgrade with a key that is none", ["GET /v1/feed HTTP/1.1", ...upgrade, "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: x"], "invalid_request"],
  ["an upgrade by POST", ["POST /v1/push HTTP/1.1", ...whole], "invalid_request"],
  ["a list of subprotocols that is none", ["GET /v1/push HTTP/1.1", ...whole, "Sec-WebSocket-Protocol: a,,b"], "invalid_request"],
])("answers %s with a code", async (_what, lines, code) => {
  expect(problemOf(await exchange(...lines))).toMatchObject({ code });
});

it("tells who asks for another version of WebSocket which one there is", async () => {
  const answer = await exchange("GET /v1/feed HTTP/1.1", ...upgrade, "Sec-WebSocket-Version: 12", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==");
  expect(problemOf(answer)).toMatchObject({ status: 400, code: "invalid_request" });
  expect(answer).toContain("\r\nsec-websocket-version: 13\r\n");
});

it.each([
  ["a subprotocol", "Sec-WebSocket-Protocol: mqtt"],
  ["an extension", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"],
  ["an extension that is none", "Sec-WebSocket-Extensions: ;;=,"],
])("does not agree to %s", async (_what, offer) => {
  const socket = connect(test.server.port, "127.0.0.1");
  socket.write(`${["GET /v1/feed HTTP/1.1", ...whole, offer].join("\r\n")}\r\n\r\n`);
  const answer = await new Promise<string>((resolve) => socket.once("data", (data: Buffer) => resolve(data.toString("latin1"))));
  socket.destroy();
  expect(answer).toMatch(/^HTTP\/1\.1 101 /);
  expect(answer).not.toMatch(/^sec-websocket-(?:protocol|extensions):/im);
});
