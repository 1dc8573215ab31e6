// `emostream watch`: prints the messages of a running server's feed, one JSON document a line.

import { Command } from "commander";
import { WebSocket } from "ws";
import { connectFeed } from "../client/index.js";
import { exitCodes, type Done } from "./exit-codes.js";
import { feedError } from "./feed-refused.js";
import { environment } from "./options.js";
import { onInterrupt } from "./interrupt.js";

interface Options {
  readonly server: string;
  readonly streams?: string;
}

export function watchCommand(done: Done): Command {
  return new Command("watch")
    .description("Print the live feed of a running server, one JSON message a line.")
    .option("--server <url>", "address of the server", "http://127.0.0.1:8080")
    .option("--streams <ids>", "only these streams, separated by commas")
    .action(async (options: Options) => {
      using interrupt = onInterrupt();
      const { token } = environment();
      // A reader that goes away (`| head`) ends the command.
      process.stdout.on("error", () => process.exit(exitCodes.done));
      const feed = connectFeed(options.server, {
        WebSocket,
        signal: interrupt.signal,
        ...(options.streams === undefined ? {} : { streams: options.streams.split(",") }),
        ...(token === undefined ? {} : { token }),
      });
      try {
        for await (const message of feed) process.stdout.write(`${JSON.stringify(message)}\n`);
      } catch (error) {
        throw feedError(error);
      }
      done(interrupt.signal.aborted ? exitCodes.interrupted : exitCodes.done);
    });
}
