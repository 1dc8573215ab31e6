import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { openReadingPipe, type ReadingPipe } from "../../../src/ingest/reading-pipe.js";

const size = 3_000_000;
/** A child that writes `size` bytes, each the low byte of its place divided by 7, and ends. */
const program = `const b = Buffer.alloc(${size}); for (let i = 0; i < b.length; i++) b[i] = i / 7; require("node:fs").writeSync(1, b); process.exit(3)`;

function start({ child }: ReadingPipe) {
  const process_ = spawn(process.execPath, ["-e", program], { stdio: ["ignore", child, "inherit"] });
  child.destroy();
  return process_;
}

function check(bytes: Uint8Array, from: number): void {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== (Math.floor((from + i) / 7) & 255)) throw new Error(`byte ${from + i} is ${bytes[i]}`);
}

describe("a pipe with one buffer", () => {
  it("hands over all that a child wrote before its end, always in the same memory", async () => {
    let at = 0;
    const memories = new Set<ArrayBufferLike>();
    const pipe = await openReadingPipe((bytes) => {
      check(bytes, at);
      at += bytes.length;
      memories.add(bytes.buffer);
    });
    const closed = once(pipe.reader, "close");
    const child = start(pipe);
    expect((await once(child, "exit"))[0]).toBe(3);
    await closed;
    expect(at).toBe(size);
    expect(memories.size).toBe(1);
  });

  it("leaves the bytes of a call as they are while it is paused", async () => {
    let at = 0;
    let held: Uint8Array | undefined;
    const pipe = await openReadingPipe((bytes) => {
      expect(held).toBeUndefined();
      held = bytes;
      pipe.reader.pause();
    });
    start(pipe);
    const closed = once(pipe.reader, "close").then(() => true);
    for (let pauses = 0; ; pauses++) {
      const ended = await Promise.race([closed, new Promise<false>((resolve) => setTimeout(() => resolve(false), 5))]);
      if (held !== undefined) {
        check(held, at);
        at += held.length;
        held = undefined;
        pipe.reader.resume();
      } else if (ended) {
        expect(pauses).toBeGreaterThan(5);
        break;
      }
    }
    expect(at).toBe(size);
  });

  it("ends a child that writes on when its reader is gone", async () => {
    const pipe = await openReadingPipe(() => pipe.reader.destroy());
    const child = spawn("cat", ["/dev/zero"], { stdio: ["ignore", pipe.child, "ignore"] });
    pipe.child.destroy();
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    expect(code === 1 || signal === "SIGPIPE").toBe(true);
  });

  it.runIf(process.platform === "linux")("is not given to another process that comes first", async () => {
    const before = names();
    let got = "";
    const opening = openReadingPipe((bytes) => {
      got += Buffer.from(bytes).toString();
    });
    // Bound by now, and our own connection is not asked for before the next tick.
    const address = names().find((name) => !before.includes(name))!;
    const stranger = connect(`\0${address}`);
    const silent = connect(`\0${address}`);
    for (const socket of [stranger, silent]) socket.on("error", () => undefined).resume();
    stranger.write(randomBytes(32));
    const gone = Promise.all([once(stranger, "close"), once(silent, "close")]);
    const { child, reader } = await opening;
    child.end("for the reader alone");
    await once(reader, "close");
    expect(got).toBe("for the reader alone");
    await gone;
    expect(stranger.bytesRead + silent.bytesRead).toBe(0);
  });
});

/** Abstract sockets of ours on this machine. */
function names(): string[] {
  return [...readFileSync("/proc/net/unix", "utf8").matchAll(/@(emostream-\w+)/g)].map(([, name]) => name!);
}
