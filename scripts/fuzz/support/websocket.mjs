// A WebSocket client of bytes: it can say what no library would, and reads what a library would (RFC 6455 section 5.2).
import { once } from "node:events";
import { connect } from "node:net";
import { sleep } from "../../chaos/support/wait.mjs";
import { isWhole, parseAnswer, requestBytes } from "./http.mjs";

/** What takes longer is a hang. Nothing that is asked for here takes more than moments. */
const patienceMs = 20_000;

/** How long messages may go without an answer where the bytes before them leave a frame open, so that there can be none. */
const graceMs = 1500;

export const goodHandshake = [["Host", "127.0.0.1"], ["Upgrade", "websocket"], ["Connection", "Upgrade"], ["Sec-WebSocket-Version", "13"], ["Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="]];

/** One frame. `length`: what the frame says of its payload, where that is not the truth. The mask is zeros. */
export function frameOf({ opcode, payload = Buffer.alloc(0), fin = true, rsv = 0, masked = true, length = payload.length }) {
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const mask = masked ? 0x80 : 0;
  const head = length < 126 ? Buffer.from([first, mask | length]) : length < 65_536 ? Buffer.from([first, mask | 126, length >> 8, length & 255]) : Buffer.concat([Buffer.from([first, mask | 127]), bigLength(length)]);
  return Buffer.concat([head, masked ? Buffer.alloc(4) : Buffer.alloc(0), payload]);
}

export const text = (payload) => frameOf({ opcode: 1, payload: Buffer.from(payload) });
export const binary = (payload) => frameOf({ opcode: 2, payload });
const goodbye = frameOf({ opcode: 8, payload: Buffer.from([0x03, 0xe8]) });

/** A connection. `refused` is the HTTP answer where there was no upgrade; messages gather in `messages` (JSON) and `pictures` (binary). */
export class RawSocket {
  method;
  messages = [];
  pictures = 0;
  pongs = 0;
  closeCode;
  refused;
  ended = false;
  #socket;
  #bytes = Buffer.alloc(0);
  #upgraded = false;
  #waiting = [];

  static async open(url, target, headers = goodHandshake, method = "GET") {
    const raw = new RawSocket();
    raw.method = method;
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    raw.#socket = socket;
    socket.on("error", () => undefined); // it may be cut off; `close` follows
    socket.on("data", (chunk) => {
      raw.#take(chunk);
      raw.#wake();
    });
    socket.on("end", () => socket.end());
    socket.on("close", () => {
      raw.ended = true;
      raw.#wake();
    });
    await once(socket, "connect");
    const bytes = requestBytes({ method, target, headers });
    // Without the "Connection: close" that ordinary requests end with.
    socket.write(bytes.toString("latin1").replace("\r\nConnection: close\r\n\r\n", "\r\n\r\n"), "latin1");
    await raw.until("an answer to the handshake", () => raw.#upgraded || raw.ended || isWhole(raw.#bytes, method));
    if (!raw.#upgraded) raw.#refuse();
    return raw;
  }

  /** An answer without upgrade: over. */
  #refuse() {
    this.refused = parseAnswer(this.#bytes, this.method);
    if (this.refused === undefined) throw new Error("the connection was closed without an answer to the handshake");
    this.vanish();
  }

  send(bytes) {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  vanish() {
    this.#socket.destroy();
  }

  /** Waits until the server has taken what was sent before, or has ended the connection. */
  async settle() {
    const pongs = this.pongs;
    this.send(frameOf({ opcode: 9, payload: Buffer.from("here?") }));
    await Promise.race([this.until("a pong", () => this.pongs > pongs || this.ended), sleep(graceMs)]);
  }

  /** Says goodbye and waits until the server has closed. */
  async close() {
    this.send(goodbye);
    this.#socket.end();
    await this.until("the end of the connection", () => this.ended);
  }

  /** @throws Error where it does not become true: a hang */
  async until(what, probe) {
    const deadline = performance.now() + patienceMs;
    while (!probe()) {
      if (performance.now() > deadline) {
        this.vanish();
        throw new Error(`expected ${what} within ${patienceMs / 1000} s`);
      }
      await Promise.race([new Promise((resolve) => this.#waiting.push(resolve)), sleep(100)]);
    }
  }

  #wake() {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #take(chunk) {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    if (!this.#upgraded) {
      const end = this.#bytes.indexOf("\r\n\r\n");
      if (end < 0 || !this.#bytes.toString("latin1", 0, 12).startsWith("HTTP/1.1 101")) return;
      this.#upgraded = true;
      this.#bytes = this.#bytes.subarray(end + 4);
    }
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) this.#got(frame);
  }

  #next() {
    const bytes = this.#bytes;
    if (bytes.length < 2) return undefined;
    const short = bytes[1] & 127;
    const head = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < head) return undefined;
    const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    if (bytes.length < head + length) return undefined;
    this.#bytes = bytes.subarray(head + length);
    return { opcode: bytes[0] & 15, payload: bytes.subarray(head, head + length) };
  }

  #got({ opcode, payload }) {
    if (opcode === 1) this.messages.push(JSON.parse(payload.toString("utf8")));
    else if (opcode === 2) this.pictures += 1;
    else if (opcode === 8) {
      this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.send(goodbye);
      this.#socket.end();
    }
    else if (opcode === 9) this.send(frameOf({ opcode: 10, payload }));
    else if (opcode === 10) this.pongs += 1;
  }
}

function bigLength(length) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}
