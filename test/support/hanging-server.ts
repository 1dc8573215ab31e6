// A server that takes connections and never answers.

import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";

export interface HangingServer extends AsyncDisposable {
  readonly port: number;
  /** Connections so far. */
  readonly connections: number;
}

/** Listens on 127.0.0.1. */
export async function startHangingServer(): Promise<HangingServer> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => socket.destroy());
    socket.resume();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return sockets.length;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
