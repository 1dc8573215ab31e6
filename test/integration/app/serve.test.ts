// The whole server as a process: demo with faces, restart with streams, orderly shutdown, no orphan whatever happens.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { serverMessageSchema, type ServerMessage } from "../../../src/core/feed.js";
import { makeTempFolder } from "../../support/temp-folder.js";
import { cliPath, emostream, startServer, waitFor } from "../../support/server-process.js";

describe("emostream serve", () => {
  test("the demo has faces with emotions on the feed, and every message fits its schema", async () => {
    await using server = await startServer({ args: ["--demo"] });
    const messages = await collect(`${server.url.replace("http", "ws")}/v1/feed`, (all) => all.filter((m) => m.type === "frame" && m.faces.length >= 2).length >= 5);
    expect(messages[0]?.type).toBe("hello");
    const frames = messages.filter((m) => m.type === "frame");
    expect(frames.every((f) => f.streamId === "demo")).toBe(true);
    for (let i = 1; i < frames.length; i += 1) expect(frames[i]!.seq).toBeGreaterThan(frames[i - 1]!.seq);
    const face = frames.at(-1)!.faces[0]!;
    expect(Object.values(face.emotions).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 2);
  });

  test("SIGTERM: bye to clients, exit code 0, no child left", async () => {
    await using server = await startServer({ args: ["--demo"] });
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/v1/feed`);
    const messages: ServerMessage[] = [];
    socket.on("message", (data: Buffer) => messages.push(JSON.parse(data.toString()) as ServerMessage));
    await waitFor("a frame", () => (messages.some((m) => m.type === "frame") ? true : undefined));
    const children = await childrenOf(server.process.pid!);
    expect(children.length).toBeGreaterThan(0);
    const closed = once(socket, "close");
    expect(await server.stop("SIGTERM")).toBe(0);
    await closed;
    expect(messages.at(-1)?.type).toBe("bye");
    expect(children.filter(isRunning)).toEqual([]);
  });

  test("SIGKILL leaves no FFmpeg behind", async () => {
    await using server = await startServer({ args: ["--demo"] });
    const children = await waitFor("a decoder", async () => {
      const found = await childrenOf(server.process.pid!);
      return found.length > 0 ? found : undefined;
    });
    await server.stop("SIGKILL");
    await waitFor("the end of the decoder", () => (children.some(isRunning) ? undefined : true), 5000);
  });

  test("streams are there again after a restart, the demo stream is not kept, a paused stream stays paused", async () => {
    const cwd = await mkdtemp(join(tmpdir(), "emostream-restart-"));
    try {
      {
        await using server = await startServer({ cwd, args: ["--demo"] });
        execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10:duration=60", "-c:v", "libx264", join(cwd, "media/clip.mp4")]);
        expect(await add(server.url, { id: "kept", source: "clip.mp4", loop: true })).toBe(201);
        expect(await add(server.url, { id: "resting", source: "clip.mp4", loop: true })).toBe(201);
        expect((await fetch(`${server.url}/v1/streams/resting/pause`, { method: "POST" })).ok).toBe(true);
        await waitFor("a live stream", async () => ((await state(server.url, "kept")) === "live" ? true : undefined));
      }
      await using again = await startServer({ cwd });
      await waitFor("the stream again", async () => ((await state(again.url, "kept")) === "live" ? true : undefined));
      expect(await state(again.url, "resting")).toBe("paused");
      expect((await fetch(`${again.url}/v1/streams/demo`)).status).toBe(404);
    } finally {
      await rm(cwd, { recursive: true, force: true });
    }
  });

  test("a second server on the same port or the same state says so, ends with 1 and leaves the first alone", async () => {
    await using server = await startServer();
    await using folder = await makeTempFolder();
    const port = new URL(server.url).port;
    const samePort = await serveToItsEnd(folder.path, ["--port", port]);
    expect(samePort.code).toBe(1);
    expect(samePort.text).toContain("address_in_use");
    const sameState = await serveToItsEnd(server.cwd, ["--port", "0"]);
    expect(sameState.code).toBe(1);
    expect(sameState.text).toContain("state_in_use");
    expect((await fetch(`${server.url}/healthz`)).ok).toBe(true);
  });

  test("emostream add: the stream on stdout; a refusal by its code, exit 1", async () => {
    await using server = await startServer();
    const added = await emostream(["add", "rtsp://127.0.0.1:9/cam", "--id", "cam", "--server", server.url]);
    expect(added.code).toBe(0);
    expect(JSON.parse(added.stdout)).toMatchObject({ id: "cam", source: "rtsp://127.0.0.1:9/cam" });
    const outside = await emostream(["add", "/etc/passwd", "--server", server.url]);
    expect(outside).toMatchObject({ code: 1, stdout: "" });
    expect(outside.stderr).toContain("(outside_media_root)");
    const nobody = await emostream(["add", "x.mp4", "--server", "http://127.0.0.1:9"]);
    expect(nobody).toMatchObject({ code: 1 });
    expect(nobody.stderr).toContain("(refused)");
  });

  test("with a token: 401 without it, the printed link works in a browser, scripts send a bearer header", async () => {
    await using server = await startServer({ args: ["--demo"], env: { EMOSTREAM_TOKEN: "a-long-secret" } });
    const link = await waitFor("the link", () => /open (\S+)/.exec(server.output())?.[1]);
    expect((await fetch(`${server.url}/v1/streams`)).status).toBe(401);
    expect((await fetch(`${server.url}/v1/streams`, { headers: { authorization: "Bearer a-long-secret" } })).status).toBe(200);
    const exchanged = await fetch(link, { redirect: "manual" });
    expect(exchanged.headers.get("location")).not.toContain("token");
    const cookie = exchanged.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).not.toContain("a-long-secret");
    expect((await fetch(`${server.url}/v1/streams`, { headers: { cookie: cookie.split(";")[0]! } })).status).toBe(200);
  });
});

function collect(url: string, enough: (all: ServerMessage[]) => boolean): Promise<ServerMessage[]> {
  return new Promise((resolve, reject) => {
    const all: ServerMessage[] = [];
    const socket = new WebSocket(url);
    const timer = setTimeout(() => reject(new Error(`not enough messages: ${JSON.stringify(all.slice(-2))}`)), 40_000);
    socket.on("error", reject);
    socket.on("message", (data: Buffer) => {
      const parsed = serverMessageSchema.safeParse(JSON.parse(data.toString()));
      if (!parsed.success) return reject(new Error(`message off its schema: ${parsed.error.message} ${data.toString()}`));
      all.push(parsed.data);
      if (!enough(all)) return undefined;
      clearTimeout(timer);
      socket.close();
      return resolve(all);
    });
  });
}

/** A server that is expected to end by itself. */
async function serveToItsEnd(cwd: string, args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  const child = spawn(process.execPath, [cliPath, "serve", "--engine", "noop", ...args], { cwd, stdio: ["ignore", "ignore", "pipe"] });
  let text = "";
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, text };
}

async function add(url: string, body: object): Promise<number> {
  const answer = await fetch(`${url}/v1/streams`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  await answer.body?.cancel();
  return answer.status;
}

async function state(url: string, id: string): Promise<string | undefined> {
  const answer = await fetch(`${url}/v1/streams/${id}`);
  return answer.ok ? ((await answer.json()) as { state: string }).state : undefined;
}

async function childrenOf(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(tasks.map((t) => readFile(`/proc/${pid}/task/${t}/children`, "utf8").catch(() => "")));
  return lists.flatMap((l) => l.trim().split(" ").filter(Boolean).map(Number));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
