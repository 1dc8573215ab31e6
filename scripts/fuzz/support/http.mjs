// One HTTP request over a bare socket: no client library stands between the fuzzer's bytes and the server.
import { connect } from "node:net";

/** No answer for so long is a hang. Far above what the slowest route takes (a snapshot waits for up to 30 s). */
export const answerTimeoutMs = 45_000;

/**
 * Sends `bytes` and resolves with the answer, or undefined where the connection ended without one. `ending`: `open` (the client waits), `half`
 * (it says that no more comes) or `gone` (it vanishes: nothing to wait for).
 * @throws Error where the server neither answers nor closes
 */
export function exchange(url, bytes, { ending = "open", method = "GET" } = {}) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks = [];
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const timer = setTimeout(() => {
      reject(new Error(`no answer and no end within ${answerTimeoutMs / 1000} s`));
      socket.destroy();
    }, answerTimeoutMs);
    socket.on("data", (chunk) => chunks.push(chunk));
    // A server that refuses a body may close while we still send it; what it said before counts.
    socket.on("error", (error) => {
      if (error.code === "ECONNREFUSED") reject(new Error("nobody listens any more"));
    });
    socket.on("end", () => socket.end());
    socket.on("close", () => {
      clearTimeout(timer);
      try {
        resolve(parseAnswer(Buffer.concat(chunks), method));
      } catch (error) {
        reject(error);
      }
    });
    if (ending === "gone") return void socket.write(bytes, () => socket.destroy());
    if (ending === "half") return void socket.end(bytes);
    socket.write(bytes);
  });
}

/** A request as bytes. `headers` are pairs, written as they are; the connection is closed after the answer. */
export function requestBytes({ method, target, headers, body }) {
  const lines = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`), "Connection: close", "", ""];
  return Buffer.concat([Buffer.from(lines.join("\r\n"), "latin1"), body ?? Buffer.alloc(0)]);
}

/** The first final answer in these bytes (100 Continue is none); undefined where there is none. @throws Error for what is no HTTP */
export function parseAnswer(bytes, method) {
  if (bytes.length === 0) return undefined;
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) throw new Error(`expected an HTTP answer, received ${JSON.stringify(bytes.toString("latin1").slice(0, 200))}`);
  const [first, ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3})(?: |$)/.exec(first)?.[1]);
  if (!(status >= 100)) throw new Error(`expected a status line, received ${JSON.stringify(first.slice(0, 200))}`);
  const rest = bytes.subarray(end + 4);
  if (status < 200 && status !== 101) return parseAnswer(rest, method);
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
  const chunked = /chunked/i.test(headers.get("transfer-encoding") ?? "");
  return { status, headers, body: chunked && method !== "HEAD" ? dechunk(rest) : rest };
}

/** Whether a whole answer without upgrade has come, on a connection that stays open. */
export function isWhole(bytes, method) {
  const end = bytes.indexOf("\r\n\r\n");
  const head = bytes.toString("latin1", 0, Math.max(0, end));
  if (end < 0 || head.startsWith("HTTP/1.1 1")) return false;
  if (method === "HEAD" || head.startsWith("HTTP/1.1 204")) return true;
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  return length === undefined ? bytes.subarray(-5).toString() === "0\r\n\r\n" : bytes.length - end - 4 >= Number(length);
}

function dechunk(bytes) {
  const parts = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    if (lineEnd < 0 || Number.isNaN(size)) throw new Error("expected a whole chunked body, received a part of one");
    if (size === 0) return Buffer.concat(parts);
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
