// The HTTP server's socket: limits, listening, and answers to requests that are not HTTP.

import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, Server as TlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Config } from "../core/config.js";
import { AppError, toAppError } from "../core/errors.js";
import { rawProblemResponse, sendProblem } from "./problem.js";

const maxHeaderSize = 16 * 1024;
// A long upload is allowed; silence within one is ended by the upload itself.
const requestTimeout = 6 * 3_600_000;
// Longer than proxies keep theirs (60 s): a connection that we close while its next request is on the way costs that request.
const keepAliveTimeout = 65_000;
const tlsHandshakeMs = 10_000;
/** Connections beside those of feed clients. */
const plainConnections = 256;

/**
 * An HTTP or, with `tls`, an HTTPS server with limits on headers, time and connections. It does not listen yet.
 * @throws AppError `invalid_config` for certificates that cannot be read
 */
export async function createHttpServer(listener: RequestListener, { server: { tls, limits }, feed }: Pick<Config, "server" | "feed">): Promise<Server> {
  const { headersTimeoutMs, idleTimeoutMs } = limits;
  const options = { maxHeaderSize, headersTimeout: headersTimeoutMs, requestTimeout, keepAliveTimeout, connectionsCheckingInterval: Math.ceil(headersTimeoutMs / 2), requireHostHeader: false };
  const withHost: RequestListener = (req, res) => (req.headers.host === undefined && req.httpVersion === "1.1" ? sendProblem(res, new AppError("invalid_request", "Expected a Host header, received none.")) : listener(req, res));
  const server = tls === undefined ? createServer(options, withHost) : await openTls(tls, options, withHost);
  server.timeout = idleTimeoutMs;
  server.maxConnections = feed.maxClients + plainConnections;
  // Node's own answers to a missing Host, a tunnel, and an expectation other than 100-continue say nothing.
  server.on("connect", (_req: IncomingMessage, socket: Duplex) => socket.on("error", () => socket.destroy()).end(rawProblemResponse(new AppError("method_not_allowed", "Expected another method: this server is no proxy."))));
  server.on("checkExpectation", (req: IncomingMessage, res: ServerResponse) => sendProblem(res, new AppError("invalid_request", `Expected no Expect header but 100-continue, received ${JSON.stringify(req.headers.expect)}.`)));
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
    if (error.code === "HPE_HEADER_OVERFLOW") return void socket.end(rawProblemResponse(new AppError("payload_too_large", `Expected at most ${maxHeaderSize} bytes of headers.`), { status: 431 }));
    if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") return void socket.end(rawProblemResponse(new AppError("timeout", "The request did not arrive in time."), { status: 408 }));
    socket.end(rawProblemResponse(new AppError("invalid_request", "Expected an HTTP/1.1 request.")));
  });
  return server;
}

/**
 * Listens and resolves with the address.
 * @throws AppError `address_in_use`, `invalid_config` for an address that is not this machine's or a port that needs privileges
 */
export async function listen(server: Server, host: string, port: number): Promise<{ readonly url: string; readonly port: number }> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  }).catch((error: NodeJS.ErrnoException) => {
    throw listenError(error, host, port);
  });
  const { port: actualPort } = server.address() as AddressInfo;
  return { url: `${server instanceof TlsServer ? "https" : "http"}://${shownHost(host)}:${actualPort}`, port: actualPort };
}

async function openTls({ cert, key }: NonNullable<Config["server"]["tls"]>, options: object, listener: RequestListener): Promise<Server> {
  const files = { cert: await readPem(cert, "cert"), key: await readPem(key, "key") };
  try {
    return createTlsServer({ ...options, ...files, handshakeTimeout: tlsHandshakeMs }, listener);
  } catch (cause) {
    throw new AppError("invalid_config", `server.tls: expected a certificate and its key as PEM, received ${cert} and ${key}, which are not.`, { cause });
  }
}

function readPem(path: string, name: string): Promise<Buffer> {
  return readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new AppError("invalid_config", `server.tls.${name}: expected a PEM file that can be read, received ${path} (${cause.code ?? cause.message}).`, { cause });
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): AppError {
  if (error.code === "EADDRINUSE") return new AppError("address_in_use", `Another program listens on ${host}:${port}.`, { cause: error });
  if (error.code === "EACCES") return new AppError("invalid_config", `server.port: expected a port that this user may listen on, received ${port}.`, { cause: error });
  if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND" || error.code === "EAI_AGAIN") {
    return new AppError("invalid_config", `server.host: expected an address of this machine, received ${JSON.stringify(host)}.`, { cause: error });
  }
  return toAppError(error);
}

/** An address to open: wildcard addresses are shown as this machine's own. */
function shownHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}
