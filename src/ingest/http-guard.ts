// FFmpeg resolves names by itself, follows redirects and opens what playlists name. For HTTP it does all of that through this proxy on loopback,
// which judges every single connection and connects to exactly the address that it judged: no second DNS answer, no redirect and no playlist leads further.
// One guard for each run. It relays bytes and reads no answers, so a camera may speak as oddly as it likes.

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { AppError, toAppError } from "../core/errors.js";
import { checkedAddresses, type ResolveHost, type SourcePolicy } from "./source-policy.js";

const maxHeadBytes = 64 * 1024;
const headEnd = "\r\n\r\n";

/** What FFmpeg would have said of a connection that failed; `classifyFailure` knows these words. */
const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: "Connection refused",
  EHOSTUNREACH: "No route to host",
  ENETUNREACH: "Network is unreachable",
  EADDRNOTAVAIL: "Cannot assign requested address",
  ETIMEDOUT: "Connection timed out",
};

/** Where a request wants to go, and its head as the server there expects it. */
interface Wish {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Undefined: CONNECT, which the proxy answers itself. */
  readonly head: string | undefined;
}

/** A proxy that lives as long as one source. */
export class HttpGuard implements AsyncDisposable {
  /** Why connections failed, in FFmpeg's words. */
  readonly complaints: string[] = [];
  readonly #server: Server;
  readonly #policy: SourcePolicy;
  readonly #resolveHost: ResolveHost | undefined;
  readonly #sockets = new Set<Socket>();
  #refusal: AppError | undefined;

  private constructor(policy: SourcePolicy, resolveHost: ResolveHost | undefined) {
    this.#policy = policy;
    this.#resolveHost = resolveHost;
    this.#server = createServer({ allowHalfOpen: true }, (client) => {
      this.#keep(client);
      this.#serve(client).catch((error: unknown) => {
        this.#note(error);
        client.destroy();
      });
    });
    this.#server.on("error", (error) => this.#note(error));
  }

  static async open(policy: SourcePolicy, resolveHost?: ResolveHost): Promise<HttpGuard> {
    const guard = new HttpGuard(policy, resolveHost);
    guard.#server.listen(0, "127.0.0.1");
    await once(guard.#server, "listening");
    return guard;
  }

  /** Variables for FFmpeg; an exception (`no_proxy`) would lead around the guard. */
  get env(): NodeJS.ProcessEnv {
    return { http_proxy: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`, no_proxy: "" };
  }

  /** Set once a connection was refused by policy, or because nobody knows its host. */
  get refusal(): AppError | undefined {
    return this.#refusal;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(client: Socket): Promise<void> {
    const { head, rest } = await readHead(client);
    const wish = understand(head);
    const addresses = await checkedAddresses(wish.url, this.#policy, this.#resolveHost);
    const upstream = await this.#connect(addresses, wish.port);
    if (client.destroyed) return void upstream.destroy();
    if (wish.head === undefined) client.write(`HTTP/1.1 200 Connected${headEnd}`);
    else upstream.write(wish.head, "latin1");
    upstream.write(rest);
    client.pipe(upstream);
    upstream.pipe(client);
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroySoon());
  }

  /** The first address that answers. */
  async #connect(addresses: readonly string[], port: number): Promise<Socket> {
    let failure: unknown;
    for (const host of addresses) {
      const socket = connect({ host, port, allowHalfOpen: true });
      this.#keep(socket);
      try {
        await once(socket, "connect");
        return socket;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    // A broken connection shows as its end on the other side.
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #note(error: unknown): void {
    const word = words[(error as NodeJS.ErrnoException).code ?? ""];
    if (word !== undefined) this.complaints.push(word);
    else {
      const known = toAppError(error);
      if (known.code !== "internal") this.#refusal ??= known;
    }
  }
}

async function readHead(client: Socket): Promise<{ readonly head: string; readonly rest: Buffer }> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of client.iterator({ destroyOnReturn: false })) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    const end = bytes.indexOf(headEnd);
    if (end >= 0) return { head: bytes.toString("latin1", 0, end + headEnd.length), rest: bytes.subarray(end + headEnd.length) };
    if (bytes.length > maxHeadBytes) break;
  }
  throw new Error("FFmpeg went away, or its request has no end");
}

/** Reads `CONNECT host:port` and `GET http://host/path`. */
function understand(head: string): Wish {
  const [line = "", ...fields] = head.split("\r\n");
  const [, method = "", target = "", version = ""] = /^([A-Z]+) (\S+) (HTTP\/1\.[01])$/.exec(line) ?? [];
  const url = method === "CONNECT" ? `https://${target}` : target;
  if (!URL.canParse(url) || !/^https?:\/\//i.test(url)) throw new Error("a request that is none to a proxy");
  const { hostname, protocol, port } = new URL(url);
  const wish = { url, host: hostname, port: Number(port || (protocol === "https:" ? 443 : 80)) };
  if (method === "CONNECT") return { ...wish, head: undefined };
  // One request a connection: the next one may want to go elsewhere.
  const kept = fields.filter((field) => !/^(?:connection|proxy-[a-z]+):/i.test(field) && field !== "");
  const path = target.replace(/^https?:\/\/[^/?#]*/i, "").replace(/^(?!\/)/, "/");
  return { ...wish, head: [`${method} ${path} ${version}`, ...kept, "Connection: close", "", ""].join("\r\n") };
}
