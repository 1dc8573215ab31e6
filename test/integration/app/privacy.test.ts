// Strict privacy as a stranger meets it: a real server with a real stream, everything it sends recorded on the wire, its folders searched.

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { serverMessageSchema, type ServerMessage } from "../../../src/core/feed.js";
import { packageRoot } from "../../../src/core/package-info.js";
import { curveLayout, levelsMs } from "../../../src/offline/views/curve-level.js";
import { faceLayout } from "../../../src/offline/views/face-record.js";
import { ffmpeg } from "../../support/ffmpeg.js";
import { picturesIn, recordingProxy } from "../../support/recording-proxy.js";
import { emostream, startServer, waitFor, type ServerProcess } from "../../support/server-process.js";
import { makeTempFolder } from "../../support/temp-folder.js";

const demo = join(packageRoot, "assets/demo/demo.mp4");
const face = join(packageRoot, "assets/demo/faces/happiness.png");
const privacy = { mode: "strict", purpose: "reactions to our trailer", setting: "research" };
const flags = ["--privacy", "strict", "--purpose", privacy.purpose, "--setting", privacy.setting];

/** Everything that a client can ask for, asked for; gives the answers' codes and the feed's messages. */
async function askForEverything(url: string): Promise<{ codes: Record<string, unknown>; messages: ServerMessage[]; binary: number }> {
  const messages: ServerMessage[] = [];
  let binary = 0;
  const socket = new WebSocket(`${url.replace("http", "ws")}/v1/feed?preview=jpeg`);
  socket.on("message", (data: Buffer, isBinary) => {
    if (isBinary) binary += 1;
    else messages.push(serverMessageSchema.parse(JSON.parse(data.toString())));
  });
  await waitFor("frames with faces", () => (messages.filter((m) => m.type === "frame" && m.faces.length > 0).length >= 20 ? true : undefined));
  socket.send(JSON.stringify({ type: "subscribe", preview: "jpeg" }));
  const told = messages.length;
  await waitFor("frames after the second wish", () => (messages.slice(told).filter((m) => m.type === "frame").length >= 5 ? true : undefined));
  const codeOf = async (path: string, init?: RequestInit) => {
    const answer = await fetch(`${url}${path}`, init);
    const body = await answer.text();
    return answer.ok ? answer.headers.get("content-type") : (JSON.parse(body) as { code: string }).code;
  };
  const picture = await readFile(face);
  const film = await readFile(demo);
  const codes = {
    snapshot: await codeOf("/v1/streams/demo/snapshot.jpg"),
    drawn: await codeOf("/v1/predict", post(picture, "image/png", "image/png")),
    numbers: await codeOf("/v1/predict", post(picture, "image/png")),
    mp4: await codeOf("/v1/analyses?formats=jsonl,mp4", post(film, "video/mp4")),
    timeline: await codeOf("/v1/analyses?formats=png", post(film, "video/mp4")),
  };
  socket.close();
  return { codes, messages, binary };
}

function post(body: Buffer, type: string, accept = "*/*"): RequestInit {
  return { method: "POST", body: new Uint8Array(body), headers: { "content-type": type, accept } };
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
}

async function analyseUpload(server: ServerProcess, formats: string): Promise<string> {
  await using folder = await makeTempFolder();
  const clip = join(folder.path, "clip.mp4");
  await ffmpeg("-i", demo, "-t", "0.6", "-c", "copy", clip);
  const answer = await fetch(`${server.url}/v1/analyses?name=clip.mp4&formats=${formats}`, { method: "POST", body: new Uint8Array(await readFile(clip)), headers: { "content-type": "video/mp4" } });
  const { id } = (await answer.json()) as { id: string };
  await waitFor("the end of the analysis", async () => {
    const { state } = (await (await fetch(`${server.url}/v1/analyses/${id}`)).json()) as { state: string };
    return ["done", "failed"].includes(state) ? true : undefined;
  });
  return id;
}

describe("a server in strict privacy mode", () => {
  test("no picture and no frame on any socket, whatever is asked for; the same wishes without the mode bring pictures", async () => {
    await using server = await startServer({ args: ["--demo", ...flags] });
    await using proxy = await recordingProxy(server.url);
    const { codes, messages, binary } = await askForEverything(proxy.url);
    expect(codes).toEqual({ snapshot: "no_pictures", drawn: "no_pictures", numbers: "application/json; charset=utf-8", mp4: "no_pictures", timeline: "no_pictures" });
    expect(messages.filter((m) => m.type === "error").map((m) => m.code)).toEqual(["no_pictures", "no_pictures"]);
    expect(picturesIn(proxy.sent())).toEqual([]);
    expect(binary).toBe(0);
    // The smallest picture that faces are looked for in has 640 x 360 x 3 bytes.
    const frames = messages.filter((m) => m.type === "frame").length;
    expect(proxy.sent().length / frames).toBeLessThan(640 * 360);

    await using open = await startServer({ args: ["--demo"] });
    await using openProxy = await recordingProxy(open.url);
    const without = await askForEverything(openProxy.url);
    expect(without.codes).toMatchObject({ snapshot: "image/jpeg", drawn: "image/png" });
    expect(picturesIn(openProxy.sent())).toEqual(expect.arrayContaining(["jpeg", "png"]));
    expect(without.binary).toBeGreaterThan(0);
  });

  test("purpose and setting stand in hello, /v1/info and the header of every result file; the upload goes, and nothing but numbers stays", async () => {
    await using server = await startServer({ args: flags });
    const id = await analyseUpload(server, "jsonl,csv,vtt,episodes,eaf");
    const folder = join(server.cwd, ".emostream");
    const files = await filesBelow(folder);
    const curves = levelsMs.map((ms) => `view-curves-${ms}.bin`).toSorted();
    expect(await readdir(join(folder, "analyses/uploads"))).toEqual([]);
    expect(files.map((f) => f.split("/").at(-1)!).toSorted()).toEqual(["clip.csv", "clip.eaf", "clip.episodes.vtt", "clip.jsonl", "clip.vtt", "info.json", ...curves, "view-faces.bin", "view.json"]);
    expect(await filesBelow(join(server.cwd, "media"))).toEqual([]);
    const declared = "privacy: strict; purpose: reactions to our trailer; setting: research";
    for (const file of files) {
      const bytes = await readFile(file);
      expect(picturesIn(bytes), file).toEqual([]);
      if (file.endsWith(".bin")) {
        // Whole records of numbers, so many as there are faces, and no room for a frame.
        const record = file.endsWith("view-faces.bin") ? faceLayout.size : curveLayout.size;
        expect([bytes.length % record, bytes.length > 0 && bytes.length < 320 * 180 * 3], file).toEqual([0, true]);
        continue;
      }
      // Text throughout, so no raw frame either.
      expect(new TextDecoder("utf-8", { fatal: true }).decode(bytes), file).not.toMatch(/[^\P{Cc}\t\r\n]/u);
      if (!/(?:info\.json|view\.json|\.jsonl)$/.test(file)) expect(bytes.toString(), file).toContain(declared);
    }
    const [head = ""] = (await readFile(join(folder, "analyses", id, "clip.jsonl"), "utf8")).split("\n");
    expect(JSON.parse(head)).toMatchObject({ type: "header", privacy });
    expect(await (await fetch(`${server.url}/v1/info`)).json()).toMatchObject({ privacy });
    const hello = await new Promise<unknown>((resolve, reject) => {
      const socket = new WebSocket(`${server.url.replace("http", "ws")}/v1/feed`);
      socket.once("error", reject);
      socket.once("message", (data: Buffer) => {
        socket.close();
        resolve(JSON.parse(data.toString()));
      });
    });
    expect(hello).toMatchObject({ type: "hello", privacy });
  });

  test("what an earlier start without the mode left: uploads go at the start, pictures among the results are not given", async () => {
    await using folder = await makeTempFolder();
    let id: string;
    {
      await using before = await startServer({ cwd: folder.path });
      id = await analyseUpload(before, "jsonl,mp4");
      expect(await readdir(join(folder.path, ".emostream/analyses/uploads"))).toHaveLength(1);
    }
    await writeFile(join(folder.path, ".emostream/analyses/uploads/forgotten"), "x");
    await using server = await startServer({ cwd: folder.path, args: flags });
    expect(await readdir(join(folder.path, ".emostream/analyses/uploads"))).toEqual([]);
    const result = async (file: string) => (await fetch(`${server.url}/v1/analyses/${id}/results/${file}`)).status;
    expect([await result("clip.annotated.mp4"), await result("clip.jsonl")]).toEqual([403, 200]);
  });
});

describe("starts that are refused, with exit 2 and what to type", () => {
  test.each([
    [["--privacy", "strict"], "privacy_undeclared", '--purpose "'],
    [["--privacy", "strict", "--purpose", "a trailer"], "privacy_undeclared", "--setting and one of"],
    [["--setting", "workplace"], "use_forbidden", "Article 5(1)(f)"],
    [["--privacy", "strict", "--purpose", "marks for attention", "--setting", "education"], "use_forbidden", '--exception "medical: why"'],
    [["--setting", "casino"], "", "Allowed choices are home, research"],
    [["--setting", "workplace", "--exception", "profit: more of it"], "invalid_request", "medical: why"],
  ])("%j", async (args, code, typed) => {
    await using folder = await makeTempFolder();
    const outcome = await emostream(["analyze", demo, "--out", join(folder.path, "out"), ...args]);
    expect(outcome).toMatchObject({ code: 2, stdout: "" });
    expect(outcome.stderr).toContain(code);
    expect(outcome.stderr).toContain(typed);
    expect(await readdir(folder.path)).toEqual([]);
    if (code === "privacy_undeclared") expect(await emostream(["serve", "--port", "0", ...args])).toMatchObject({ code: 2, stdout: "" });
  });

  test("analyze and predict give no pictures; an exception stands in every header", async () => {
    await using folder = await makeTempFolder();
    const out = join(folder.path, "out");
    for (const format of ["mp4", "png", "jsonl,mp4"]) {
      const refused = await emostream(["analyze", demo, "--out", out, "--format", format, ...flags]);
      expect([refused.code, refused.stdout, refused.stderr]).toEqual([2, "", expect.stringContaining("(no_pictures)")]);
    }
    expect((await emostream(["predict", face, "--format", "png", "--out", out, ...flags])).stderr).toContain("(no_pictures)");
    expect(await readdir(folder.path)).toEqual([]);
    const exception = { ground: "safety", reason: "drivers who fall asleep" };
    const { code, stdout } = await emostream(["predict", face, "--format", "jsonl", "--setting", "workplace", "--exception", `${exception.ground}: ${exception.reason}`]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ file: "happiness.png", privacy: { mode: "off", setting: "workplace", exception } });
  });
});
