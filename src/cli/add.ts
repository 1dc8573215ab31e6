// `emostream add`: adds a stream to a running server.

import { Command } from "commander";
import { AppError, isErrorCode } from "../core/errors.js";
import type { Done } from "./exit-codes.js";
import { environment } from "./options.js";

interface Options {
  readonly id?: string;
  readonly server: string;
  readonly udp?: boolean;
  readonly loop?: boolean;
  readonly blur: boolean;
}

export function addCommand(_done: Done): Command {
  return new Command("add")
    .description("Add a camera or file to a running server.")
    .argument("<source>", "rtsp://user:password@camera/path, http://…, /dev/video0 or a path in the server's media root")
    .option("--id <name>", "id of the stream (default: made from the source)")
    .option("--server <url>", "address of the server", "http://127.0.0.1:8080")
    .option("--udp", "RTSP over UDP instead of TCP")
    .option("--loop", "play a file again and again")
    .option("--blur", "Gaussian blur before face detection", false)
    .action(async (source: string, options: Options) => {
      const body = {
        source,
        ...(options.id === undefined ? {} : { id: options.id }),
        ...(options.udp === true ? { transport: "udp" } : {}),
        ...(options.loop === true ? { loop: true } : {}),
        ...(options.blur ? { analysis: { blur: { enabled: true } } } : {}),
      };
      const { token } = environment();
      const response = await fetch(new URL("/v1/streams", options.server), {
        method: "POST",
        headers: { "content-type": "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
        body: JSON.stringify(body),
      }).catch((cause: unknown) => {
        throw new AppError("refused", `No server answers at ${options.server}; start one with: npm start`, { cause });
      });
      const answer = (await response.json()) as { id?: string; code?: string; detail?: string; title?: string };
      if (!response.ok) throw new AppError(isErrorCode(answer.code) ? answer.code : "invalid_request", `The server refused: ${answer.detail ?? answer.title ?? response.statusText}`);
      process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
    });
}
