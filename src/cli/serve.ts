// `emostream serve`: the server, with the demo stream on request.

import { Command } from "commander";
import type { Precision } from "../core/config.js";
import type { Prior } from "../core/prior.js";
import { exitCodes, type Done } from "./exit-codes.js";
import { detectorOverride, loadConfig, numberOption, precisionOption, priorOption } from "./options.js";
import { onInterrupt } from "./interrupt.js";
import { privacyOverride, withPrivacyOptions, type PrivacyOptions } from "./privacy-options.js";

interface Options extends PrivacyOptions {
  readonly config?: string;
  readonly host?: string;
  readonly port?: number;
  readonly engine?: string;
  readonly detector?: string;
  readonly model?: string;
  readonly prior?: Prior;
  readonly precision?: Precision;
  readonly logLevel?: string;
  readonly demo?: boolean;
  readonly insecure?: boolean;
}

export function serveCommand(done: Done): Command {
  return withPrivacyOptions(new Command("serve"))
    .description("Run the server: streams in, WebSocket feed, REST and viewer out.")
    .argument("[sources...]", "cameras and files to add at start (rtsp://, http://, a path in the media root)")
    .option("-c, --config <file>", "configuration, YAML or JSON (emostream.example.yaml shows every key)")
    .option("--host <address>", "address to listen on (default 127.0.0.1)")
    .option("-p, --port <number>", "port to listen on (default 8080; 0: any free one)", numberOption("--port", { min: 0, max: 65_535, whole: true }))
    .option("--engine <name>", "emostream, human or noop")
    .option("--detector <name>", "face detector: emostream (our own), reference (published weights, after models import mtcnn), or a folder")
    .option("--model <name>", "emotion model: a name in models/, or a folder with manifest.json and the model (default emotion)")
    .option("--prior <value>", priorOption.description, priorOption.parse)
    .addOption(precisionOption())
    .option("--log-level <level>", "fatal, error, warn, info, debug, trace or silent")
    .option("--demo", "add the demo stream")
    .option("--insecure", "no token, also on another address than loopback")
    .action(async (sources: string[], options: Options) => {
      const config = await loadConfig(options.config, {
        server: { host: options.host, port: options.port, insecure: options.insecure },
        engine: { name: options.engine, prior: options.prior, precision: options.precision, emotionModel: options.model, ...detectorOverride(options.detector) },
        log: { level: options.logLevel },
        privacy: privacyOverride(options),
      });
      using interrupt = onInterrupt();
      const { startApp } = await import("../app.js");
      const app = await startApp(config, { demo: options.demo ?? false, sources });
      process.stdout.write(`listening on ${app.url}\n`);
      const token = config.server.token ?? app.madeToken;
      if (token !== undefined) process.stdout.write(`open ${app.url}/?token=${encodeURIComponent(token)}\n`);
      if (app.madeToken !== undefined) process.stdout.write("this link is shown once: only the hash of its token is kept\n");
      const asked = new Promise<undefined>((resolve) => {
        if (interrupt.signal.aborted) resolve(undefined);
        interrupt.signal.addEventListener("abort", () => resolve(undefined), { once: true });
      });
      const broken = await Promise.race([asked, app.broken]);
      await app.close();
      if (broken !== undefined) throw broken;
      done(exitCodes.done);
    });
}
