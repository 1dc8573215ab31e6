// The whole server as a process: what it tells on a network, and where a camera's password is not to be found.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { emostream, startServer, waitFor, type ServerProcess } from "../../support/server-process.js";
import { freePort } from "../../support/free-port.js";

const noop = ["--engine", "noop"];

describe("a first start on another address than loopback", () => {
  test("prints a link once; the second start does not, and knows the token", async () => {
    await using server = await startServer({ args: [...noop, "--host", "0.0.0.0"] });
    const link = await waitFor("the link", () => /open (\S+)/.exec(server.output())?.[1]);
    const token = new URL(link).searchParams.get("token") ?? "";
    expect((await fetch(`${server.url}/v1/streams`)).status).toBe(401);
    expect((await fetch(link, { redirect: "manual" })).status).toBe(303);
    await server.stop();
    for (const { text, mode } of filesIn(join(server.cwd, ".emostream"))) {
      expect(text).not.toContain(token);
      expect(mode & 0o077).toBe(0);
    }
    await using again = await startServer({ args: [...noop, "--host", "0.0.0.0"], cwd: server.cwd });
    expect((await fetch(`${again.url}/v1/streams`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    expect(again.output()).not.toContain("open http");
  });

  test("--insecure does without, and says so; loopback needs neither", async () => {
    await using server = await startServer({ args: [...noop, "--host", "0.0.0.0", "--insecure"] });
    expect((await fetch(`${server.url}/v1/streams`)).status).toBe(200);
    expect(server.output()).toContain("everybody on this network can use the server");
    await using local = await startServer({ args: noop });
    expect((await fetch(`${local.url}/v1/streams`)).status).toBe(200);
    expect(local.output()).not.toContain("open http");
  });

  test("EMOSTREAM_VIEW_TOKEN may look and not add, also by the command line", async () => {
    await using server = await startServer({ args: noop, env: { EMOSTREAM_TOKEN: "the-admin-token", EMOSTREAM_VIEW_TOKEN: "the-view-token" } });
    const headers = { authorization: "Bearer the-view-token" };
    expect((await fetch(`${server.url}/v1/streams`, { headers })).status).toBe(200);
    expect((await fetch(`${server.url}/v1/streams`, { method: "POST", headers })).status).toBe(403);
    const refused = await emostream(["add", "rtsp://127.0.0.1:9/x", "--server", server.url], { EMOSTREAM_TOKEN: "the-view-token" });
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("(admin_only)");
  });
});

describe("a camera's password", () => {
  test("stands in no log, answer, metric, message or file that others may read, whatever goes wrong", async () => {
    const password = "Sesam-öffne-dich";
    const spelled = [password, encodeURIComponent(password), Buffer.from(`viewer:${password}`).toString("base64")];
    const answers = createServer((request, response) => {
      // one camera refuses, one sends the client elsewhere with the same credentials, one talks nonsense that repeats them
      if (request.url?.startsWith("/refuses") === true) response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
      else if (request.url?.startsWith("/moves") === true) response.writeHead(302, { location: `http://viewer:${encodeURIComponent(password)}@127.0.0.1:1/` }).end();
      else response.end(`<html>${String(request.headers.authorization)} ${password}</html>`.repeat(50));
    }).listen(0, "127.0.0.1");
    await once(answers, "listening");
    const { port } = answers.address() as AddressInfo;
    await using server = await startServer({ args: [...noop, "--log-level", "trace"] });
    const told: string[] = [];
    const feed = new WebSocket(`${server.url.replace("http", "ws")}/v1/feed`);
    feed.on("message", (data: Buffer) => told.push(data.toString()));
    await once(feed, "open");
    const user = `viewer:${encodeURIComponent(password)}@`;
    const sources = [`http://${user}127.0.0.1:${port}/refuses`, `http://${user}127.0.0.1:${port}/moves`, `http://${user}127.0.0.1:${port}/nonsense`, `rtsp://${user}127.0.0.1:${port}/x?key=${encodeURIComponent(password)}`, `rtsp://${user}127.0.0.1:${await freePort()}/x`, `http://${user}no-such-host.invalid/x`];
    const refused = [`rtsp://${user}169.254.169.254/x`, `gopher://${user}127.0.0.1/x`, `rtsp://${user}127.0.0.1:99999/x`, `rtsp://${user}`];
    try {
      for (const [index, source] of [...sources, ...refused].entries()) {
        const answer = await fetch(`${server.url}/v1/streams`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ id: `cam-${index}`, source }) });
        expect([source, answer.status < 300]).toEqual([source, index < sources.length]);
        told.push(await answer.text());
      }
      for (const index of sources.keys()) await waitFor(`a reason of cam-${index}`, async () => ((await (await fetch(`${server.url}/v1/streams/cam-${index}`)).json()) as { reason?: object }).reason && true);
      for (const path of ["/v1/streams", "/metrics", "/v1/info", "/v1/streams/cam-0/snapshot.jpg?timeoutMs=100"]) told.push(await (await fetch(server.url + path)).text());
      const everything = [server.output(), ...told].join("\n");
      expect(everything).toContain("***@127.0.0.1");
      for (const secret of spelled) expect(everything).not.toContain(secret);
      const readable = filesIn(server.cwd).filter(({ text }) => spelled.some((secret) => text.includes(secret)));
      expect(readable.map(({ path, mode }) => [path.slice(server.cwd.length), mode & 0o777])).toEqual([["/.emostream/state.json", 0o600]]);
    } finally {
      feed.terminate();
      answers.closeAllConnections();
      answers.close();
    }
  });
});

describe("ingest.privateSources: false", () => {
  test("keeps clients out of this machine's network, by address and by name", async () => {
    await using server = await startServerWith({ ingest: { privateSources: false } });
    for (const source of ["rtsp://192.168.1.20/1", "http://127.0.0.1:1/x.mp4", "rtsp://2130706433/1", "rtsp://[::1]/1"]) {
      const answer = await fetch(`${server.url}/v1/streams`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ source }) });
      expect([source, answer.status, await answer.json()]).toEqual([source, 403, expect.objectContaining({ code: "source_not_allowed", detail: expect.stringContaining("ingest.privateSources") as unknown })]);
    }
    const byName = await fetch(`${server.url}/v1/streams`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ id: "name", source: "rtsp://localhost:1/1" }) });
    expect(byName.status).toBe(201);
    await waitFor("the refusal", async () => ((await (await fetch(`${server.url}/v1/streams/name`)).json()) as { reason?: { code: string } }).reason?.code === "source_not_allowed" || undefined);
  });
});

function startServerWith(config: object): Promise<ServerProcess> {
  return startServer({ args: noop, config });
}

function filesIn(folder: string): { path: string; text: string; mode: number }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, text: readFileSync(path, "latin1") + readFileSync(path, "utf8"), mode: statSync(path).mode }));
}
