// Where OSC packets go: one UDP socket to one host and port. UDP has no connection, so a receiver may come and go.

import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { isIP } from "node:net";
import { AppError } from "../core/errors.js";

export interface UdpTarget {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`, an IPv6 address in brackets. Undefined for what is neither. */
export function parseTarget(text: string): UdpTarget | undefined {
  const [, inner, plain, digits] = /^(?:\[([0-9a-f:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = inner ?? plain;
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  return inner !== undefined && isIP(inner) !== 6 ? undefined : { host, port };
}

/** A socket that sends to one target until it is closed. */
export interface UdpSender extends AsyncDisposable {
  /** Never throws: what cannot be sent is told to `onProblem`. */
  send(packet: Buffer): void;
}

/**
 * Opens a socket; names are resolved once.
 * @param onProblem told the system's code of a failure (`ECONNREFUSED`: nothing listens there at present)
 * @throws AppError `not_found` for a name that leads nowhere, `unreachable` where there is no route
 */
export async function openUdp({ host, port }: UdpTarget, onProblem: (code: string) => void): Promise<UdpSender> {
  const { address, family } = await lookup(host).catch((cause: unknown) => {
    throw new AppError("not_found", `Expected an address to send to, received ${host}, a name that leads nowhere.`, { cause });
  });
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.connect(port, address, (error?: Error) => (error ? reject(error) : resolve()));
    });
    if (family === 4) socket.setBroadcast(true);
  } catch (cause) {
    socket.close();
    throw new AppError("unreachable", `Nothing can be sent to ${host}:${port} from this machine.`, { cause });
  }
  socket.removeAllListeners("error");
  // Being told that nothing listens comes in later, on the socket.
  socket.on("error", (error: NodeJS.ErrnoException) => onProblem(error.code ?? error.message));
  const pending = new Set<Promise<void>>();
  return {
    send(packet) {
      const sent = new Promise<void>((resolve) => {
        socket.send(packet, (error: NodeJS.ErrnoException | null) => {
          if (error) onProblem(error.code ?? error.message);
          resolve();
        });
      }).then(() => void pending.delete(sent));
      pending.add(sent);
    },
    // Packets that were handed over are on their way before the socket goes.
    async [Symbol.asyncDispose]() {
      await Promise.all(pending);
      const over = once(socket, "close");
      socket.close();
      await over;
    },
  };
}
