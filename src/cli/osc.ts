// `emostream osc`: the feed of a running server as OSC over UDP, until Ctrl-C.

import { Command } from "commander";
import { WebSocket } from "ws";
import { connectFeed } from "../client/index.js";
import { OscBridge } from "../osc/bridge.js";
import { openUdp, parseTarget, type UdpTarget } from "../osc/udp-target.js";
import { exitCodes, UsageError, type Done } from "./exit-codes.js";
import { feedError } from "./feed-refused.js";
import { onInterrupt } from "./interrupt.js";
import { environment, numberOption } from "./options.js";

interface Options {
  readonly to: UdpTarget;
  readonly url: string;
  readonly streams?: string;
  readonly slots: number;
  readonly gap: number;
  readonly rate: number;
}

export function oscCommand(done: Done): Command {
  return new Command("osc")
    .description("Send the live feed of a running server as OSC over UDP (TouchDesigner, Max, Pure Data, p5.js).")
    .requiredOption("--to <host:port>", "where the OSC program listens, 127.0.0.1:9000", targetOption)
    .option("--url <url>", "address of the server", "http://127.0.0.1:8080")
    .option("--streams <ids>", "only these streams, separated by commas")
    .option("--slots <number>", "most faces of a stream that are sent", numberOption("--slots", { min: 1, max: 64, whole: true }), 8)
    .option("--gap <ms>", "how long a face that is not seen keeps its slot", numberOption("--gap", { min: 0, max: 60_000 }), 1000)
    .option("--rate <number>", "most frames a second that are sent of a stream; 0: all", numberOption("--rate", { min: 0, max: 240 }), 0)
    .action(async ({ to, url, streams, slots, gap, rate }: Options) => {
      using interrupt = onInterrupt();
      const { token } = environment();
      const say = sayOnce();
      await using target = await openUdp(to, (code) => say("target", code === "ECONNREFUSED" ? `nothing listens at ${to.host}:${to.port} yet` : `packets cannot be sent (${code})`));
      const bridge = new OscBridge({ maxSlots: slots, gapMs: gap, rate, send: (packet) => target.send(packet), now: () => performance.now() });
      const feed = connectFeed(url, { WebSocket, signal: interrupt.signal, ...(streams === undefined ? {} : { streams: streams.split(",") }), ...(token === undefined ? {} : { token }) });
      feed.on("open", () => say("server", `sending ${url} to ${to.host}:${to.port}`));
      feed.on("disconnect", () => {
        bridge.clear();
        say("server", `no server answers at ${url}; trying again`);
      });
      for (const type of ["frame", "stream"] as const) feed.on(type, (message) => bridge.take(message));
      feed.on("error", ({ code, message }) => say("error", `${message} (${code})`));
      try {
        await feed.closed;
      } catch (error) {
        throw feedError(error);
      } finally {
        bridge.clear();
      }
      // It has no end of its own: being stopped is how it ends, as for serve.
      done(exitCodes.done);
    });
}

function targetOption(text: string): UdpTarget {
  const target = parseTarget(text);
  if (target === undefined) throw new UsageError(`expected host:port for --to, such as 127.0.0.1:9000 or [::1]:9000, received ${text}`);
  return target;
}

/** Lines on stderr, each matter's only when it changes. */
function sayOnce(): (matter: string, line: string) => void {
  const said = new Map<string, string>();
  return (matter, line) => {
    if (said.get(matter) === line) return;
    said.set(matter, line);
    process.stderr.write(`${line}\n`);
  };
}
