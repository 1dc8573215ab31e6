// A small HTTP server over a folder, with byte ranges and optional basic authentication, and an MJPEG camera.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";

export interface FileServerOptions {
  /** Files directly in it are served. */
  readonly folder: string;
  /** `user:password`; others get 401. */
  readonly credentials?: string;
  /** A JPEG picture: `/camera.cgi` sends it again and again as multipart/x-mixed-replace. A function is asked for each picture. */
  readonly mjpegFrame?: Buffer | (() => Buffer);
}

export interface FileServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
}

/** Listens on 127.0.0.1. `/forbidden` answers 403, `/broken` 500, unknown names 404. */
export async function startFileServer(options: FileServerOptions): Promise<FileServer> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function answer(options: FileServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const expected = options.credentials === undefined ? undefined : `Basic ${Buffer.from(options.credentials).toString("base64")}`;
  if (expected !== undefined && request.headers.authorization !== expected) {
    response.writeHead(401, { "www-authenticate": 'Basic realm="test"' }).end();
    return;
  }
  if (pathname === "/forbidden") return void response.writeHead(403).end();
  if (pathname === "/broken") return void response.writeHead(500).end();
  if (pathname === "/camera.cgi" && options.mjpegFrame !== undefined) return sendMjpeg(options.mjpegFrame, response);
  const bytes = await readFile(join(options.folder, basename(pathname))).catch(() => undefined);
  if (bytes === undefined) return void response.writeHead(404).end();
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  const from = range === null ? 0 : Number(range[1]);
  const to = range === null || range[2] === "" ? bytes.length - 1 : Number(range[2]);
  const head = { "accept-ranges": "bytes", "content-length": to - from + 1 };
  if (range === null) response.writeHead(200, head);
  else response.writeHead(206, { ...head, "content-range": `bytes ${from}-${to}/${bytes.length}` });
  response.end(bytes.subarray(from, to + 1));
}

function sendMjpeg(picture: Buffer | (() => Buffer), response: ServerResponse): void {
  response.writeHead(200, { "content-type": "multipart/x-mixed-replace;boundary=frame" });
  const timer = setInterval(() => {
    const frame = typeof picture === "function" ? picture() : picture;
    response.write(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${frame.length}\r\n\r\n`);
    response.write(frame);
    response.write("\r\n");
  }, 40);
  response.on("close", () => clearInterval(timer));
}
