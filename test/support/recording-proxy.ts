// A TCP proxy that keeps everything a server sends, whatever protocol is spoken through it.

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface RecordingProxy extends AsyncDisposable {
  /** The server's address through the proxy. */
  readonly url: string;
  /** All bytes that came from the server so far, connection after connection. */
  sent(): Buffer;
}

/** What pictures and films begin with. */
const signatures = {
  jpeg: Buffer.from([0xff, 0xd8, 0xff]),
  png: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  // Behind RIFF and a length.
  webp: Buffer.from("WEBPVP8"),
  gif: Buffer.from("GIF8"),
  mp4: Buffer.from("ftypiso"),
  matroska: Buffer.from([0x1a, 0x45, 0xdf, 0xa3]),
} as const;

/** Which kinds of pictures and films begin somewhere in these bytes. */
export function picturesIn(bytes: Buffer): string[] {
  return Object.entries(signatures).flatMap(([name, signature]) => (bytes.includes(signature) ? [name] : []));
}

export async function recordingProxy(target: string): Promise<RecordingProxy> {
  const { hostname, port } = new URL(target);
  const recorded: Buffer[][] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    recorded.push(chunks);
    upstream.on("data", (chunk) => chunks.push(chunk));
    for (const [socket, other] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(socket);
      // Either end may cut off; the other one is told by destroying it.
      socket.on("error", () => other.destroy());
      socket.on("close", () => sockets.delete(socket));
    }
    client.pipe(upstream);
    upstream.pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent: () => Buffer.concat(recorded.flat()),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
