// The server as a process of its own, and when it listens.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./report.mjs";

/** Starts `emostream serve` in a folder; its media root and work folder lie there. */
export async function serve(cwd, ...args) {
  const child = spawn(process.execPath, [join(root, "dist/cli/main.js"), "serve", "--port", "0", "--log-level", "error", ...args], { cwd, stdio: ["ignore", "pipe", "inherit"] });
  return {
    url: await listening(child),
    pid: child.pid,
    async close() {
      const closed = new Promise((resolve) => child.once("close", resolve));
      child.kill("SIGTERM");
      await closed;
    },
  };
}

/** The address that a server prints when it listens. */
export function listening(child) {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
      const found = /listening on (\S+)/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("close", (code) => reject(new Error(`the server ended with ${code}`)));
  });
}
