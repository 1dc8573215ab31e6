// Files as answers: a client that has gone before the first byte is no failure, a file that is not there is one.

import { once } from "node:events";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Request } from "express";
import { expect, test } from "vitest";
import { packageRoot } from "../../../src/core/package-info.js";
import { sendFile } from "../../../src/server/send-file.js";

/** What became of one answer. */
async function outcomeOf(path: string, before: (req: Request) => void): Promise<string> {
  const app = express();
  const outcome = new Promise<string>((resolve) => {
    app.get("/", (req, res) => {
      before(req);
      sendFile(res, path, {}).then(
        () => resolve("sent"),
        (error: Error) => {
          resolve(error.message);
          res.end();
        },
      );
    });
  });
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  get({ host: "127.0.0.1", port: (server.address() as AddressInfo).port, agent: false }, (res) => res.resume()).on("error", () => undefined);
  try {
    return await outcome;
  } finally {
    server.close();
  }
}

test("is sent; is not there; a client that has gone before the first byte is let go", async () => {
  const file = `${packageRoot}/LICENSE`;
  expect(await outcomeOf(file, () => undefined)).toBe("sent");
  expect(await outcomeOf(`${file}-not`, () => undefined)).toContain("ENOENT");
  expect(await outcomeOf(file, (req) => req.socket.destroy())).toBe("sent");
});
