// The only file that reads the environment.

import { join } from "node:path";

/** Variables that only this program reads. */
const ownPrefix = "EMOSTREAM_";

/** The environment of programs that are started: all but our own settings. */
export function childEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith(ownPrefix)));
}

/** Whether programs reach HTTP servers through a proxy of the operator's; FFmpeg reads this spelling only. */
export function hasHttpProxy(env: NodeJS.ProcessEnv = process.env): boolean {
  return (env["http_proxy"] ?? "") !== "";
}

export interface Environment {
  /** Path of a configuration file (`EMOSTREAM_CONFIG`). */
  readonly configFile: string | undefined;
  /** Token that clients must show (`EMOSTREAM_TOKEN`); wins over the file, loses to nothing: it is never a flag, since flags show in process lists. */
  readonly token: string | undefined;
  /** Token that may look only (`EMOSTREAM_VIEW_TOKEN`). */
  readonly viewToken: string | undefined;
  /** Folder of data for training and evaluation (`EMOSTREAM_DATA`), default `../shared/data` beside the clone. */
  readonly dataDir: string;
  /** No colours in terminal output (`NO_COLOR`, https://no-color.org). */
  readonly noColor: boolean;
}

/** Picks what Emostream uses out of the environment. `root` is the package's folder. */
export function readEnvironment(root: string, env: NodeJS.ProcessEnv = process.env): Environment {
  const text = (name: string) => (env[name] === undefined || env[name] === "" ? undefined : env[name]);
  return {
    configFile: text("EMOSTREAM_CONFIG"),
    token: text("EMOSTREAM_TOKEN"),
    viewToken: text("EMOSTREAM_VIEW_TOKEN"),
    dataDir: text("EMOSTREAM_DATA") ?? join(root, "..", "shared", "data"),
    noColor: text("NO_COLOR") !== undefined,
  };
}
