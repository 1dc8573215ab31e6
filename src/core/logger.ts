// pino with one convention: fixed message, data in fields, `component` (and `streamId`) bound by child loggers.

import { pino, type Logger as PinoLogger } from "pino";

export type Logger = PinoLogger;

/** A logger that writes JSON lines to stderr, so that stdout stays free for results. */
export function createLogger(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest: 2, sync: true }));
}

/** A logger that writes nothing. */
export function silentLogger(): Logger {
  return pino({ level: "silent" });
}
