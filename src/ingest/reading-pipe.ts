// A pipe for a child's output whose reader fills one buffer over and over. Node's own pipes allocate for every chunk: uncompressed pictures are
// gigabytes a minute, and V8 then collects the whole heap several times a second only to be rid of dead chunks.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noPipes } from "../core/confined.js";
import { toAppError } from "../core/errors.js";

const bufferBytes = 262_144;
const secretBytes = 32;

/** Both ends; they are open and unread. */
export interface ReadingPipe {
  /** For `stdio` of a child. Destroy it once the child is started: only then does the child's end mean the end of the pipe. */
  readonly child: Socket;
  /** Gives its bytes to `onBytes`, not as a stream; `pause` stops it within the call. Its errors are told by its end alone. */
  readonly reader: Socket;
}

/**
 * Opens a pipe. `onBytes` gets a view that the next call overwrites, unless the reader was paused in between.
 * @throws AppError `resources_exhausted`
 */
export async function openReadingPipe(onBytes: (bytes: Uint8Array) => void): Promise<ReadingPipe> {
  const address = pipeAddress();
  const secret = randomBytes(secretBytes);
  const server = createServer();
  const strangers = new Set<Socket>();
  const partner = whoKnows(server, secret, strangers);
  partner.catch(ignore);
  server.listen(address);
  await once(server, "listening").catch((error: unknown) => {
    throw toAppError(error);
  });
  const reader = connect({
    path: address,
    onread: {
      buffer: Buffer.allocUnsafeSlow(bufferBytes),
      callback(count, buffer) {
        onBytes(buffer.subarray(0, count));
        return true;
      },
    },
  });
  reader.on("error", ignore);
  try {
    await once(reader, "connect");
    reader.write(secret);
    return { child: await Promise.race([partner, lost(reader)]), reader };
  } catch (error) {
    reader.destroy();
    throw error;
  } finally {
    server.close();
    for (const socket of strangers) socket.destroy();
  }
}

/** A connection that cannot be accepted is closed by the system. */
async function lost(reader: Socket): Promise<never> {
  await new Promise((resolve) => reader.on("close", resolve));
  throw noPipes();
}

/** Linux has names that are no files: nothing to clean up, no disk that can be full. */
function pipeAddress(): string {
  const name = `emostream-${randomBytes(16).toString("hex")}`;
  return process.platform === "linux" ? `\0${name}` : join(tmpdir(), name);
}

/** The connection that begins with the secret: other users of the machine see the address, too. `strangers` holds the others. Rejects where a connection cannot be accepted. */
function whoKnows(server: Server, secret: Buffer, strangers: Set<Socket>): Promise<Socket> {
  return new Promise((resolve, reject) => {
    server.on("error", (error) => reject(toAppError(error)));
    server.on("connection", (socket) => {
      strangers.add(socket);
      socket.on("error", ignore).once("data", (said: Buffer) => {
        if (!said.equals(secret)) return;
        strangers.delete(socket);
        resolve(socket);
      });
    });
  });
}

function ignore(): void {
  // who listens is told otherwise
}
