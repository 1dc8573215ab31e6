// `emostream osc` as a user starts it: a real server, a real UDP socket, packets read by another library.

import { spawn, type ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, test } from "vitest";
import { emotionNames } from "../../../src/core/emotions.js";
import { freePort } from "../../support/free-port.js";
import { readPacket, type ReadMessage } from "../../support/osc-decoder.js";
import { cliPath, emostream, startServer, waitFor } from "../../support/server-process.js";

interface Receiver extends AsyncDisposable {
  readonly port: number;
  readonly packets: Buffer[];
  messages(): ReadMessage[];
}

async function receiver(type: "udp4" | "udp6" = "udp4"): Promise<Receiver> {
  const socket = createSocket(type);
  const packets: Buffer[] = [];
  socket.on("message", (packet) => packets.push(packet));
  socket.bind(0, type === "udp4" ? "127.0.0.1" : "::1");
  await once(socket, "listening");
  return {
    port: socket.address().port,
    packets,
    messages: () => packets.flatMap((packet) => readPacket(packet)),
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, "close");
    },
  };
}

interface Bridge extends AsyncDisposable {
  readonly process: ChildProcess;
  stderr(): string;
  stop(): Promise<number | null>;
}

function bridge(args: readonly string[], env: Readonly<Record<string, string>> = {}): Bridge {
  const child = spawn(process.execPath, [cliPath, "osc", ...args], { env: { ...process.env, ...env }, stdio: ["ignore", "inherit", "pipe"] });
  let text = "";
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const over = once(child, "close");
  const stop = async () => {
    child.kill("SIGINT");
    await over;
    return child.exitCode;
  };
  return { process: child, stderr: () => text, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}

const slotsOf = (messages: readonly ReadMessage[], what: string) => messages.filter((m) => m.address.endsWith(`/${what}`));

test("the demo arrives as bundles: seven emotions that sum to one, steady slots; a restarted server is found again; Ctrl-C empties and ends with 0", async () => {
  await using osc = await receiver();
  const server = await startServer({ args: ["--demo"] });
  const port = new URL(server.url).port;
  await using running = bridge(["--to", `127.0.0.1:${osc.port}`, "--url", server.url, "--streams", "demo", "--slots", "3"]);
  await waitFor("twenty frames of two faces", () => (slotsOf(osc.messages(), "2/box").length >= 20 ? true : undefined));
  expect(running.stderr()).toBe(`sending ${server.url} to 127.0.0.1:${osc.port}\n`);
  const messages = osc.messages();
  expect(messages.every((m) => /^\/emostream\/demo\/(?:count|[1-3]\/(?:present|label|uncertain|box|track|anger|disgust|fear|happiness|sadness|surprise|neutral))$/.test(m.address))).toBe(true);
  const full = osc.packets.map((packet) => new Map(readPacket(packet).map((m) => [m.address, m.args[0] as number]))).find((p) => emotionNames.every((name) => p.has(`/emostream/demo/1/${name}`)))!;
  expect(emotionNames.reduce((sum, name) => sum + full.get(`/emostream/demo/1/${name}`)!, 0)).toBeCloseTo(1, 2);
  // Each face of these first seconds keeps its number.
  const tracks = new Map<string, Set<unknown>>();
  for (const { address, args } of messages.filter((m) => m.address.endsWith("/track"))) tracks.set(address, new Set(tracks.get(address)).add(args[0]));
  expect([...tracks.values()].map((ids) => ids.size)).toEqual([...tracks].map(() => 1));

  await server.stop();
  await waitFor("an empty first slot", () => (slotsOf(osc.messages(), "1/present").at(-1)?.args[0] === 0 ? true : undefined));
  await waitFor("the note", () => (running.stderr().includes("no server answers") ? true : undefined));
  osc.packets.length = 0;
  await using again = await startServer({ args: ["--demo", "--port", port] });
  await waitFor("faces again", () => (slotsOf(osc.messages(), "1/present").at(-1)?.args[0] === 1 ? true : undefined));
  expect(again.url).toBe(server.url);

  expect(await running.stop()).toBe(0);
  await waitFor("zeros at the end", () => (slotsOf(osc.messages(), "demo/count").at(-1)?.args[0] === 0 ? true : undefined));
  expect(slotsOf(osc.messages(), "1/present").at(-1)?.args).toEqual([0]);
  await server[Symbol.asyncDispose]();
});

test("a receiver may start late, and be on IPv6", async () => {
  await using server = await startServer({ args: ["--demo"] });
  const nobody = await freePort();
  await using early = bridge(["--to", `127.0.0.1:${nobody}`, "--url", server.url]);
  await waitFor("the note", () => (early.stderr().includes(`nothing listens at 127.0.0.1:${nobody} yet`) ? true : undefined));
  const late = createSocket("udp4");
  late.bind(nobody, "127.0.0.1");
  await once(late, "message");
  late.close();
  await using osc = await receiver("udp6");
  await using six = bridge(["--to", `[::1]:${osc.port}`, "--url", server.url]);
  await waitFor("a packet", () => (osc.packets.length > 0 ? true : undefined));
  expect(six.stderr()).toContain(`to ::1:${osc.port}`);
});

test.each([
  [["--to", "nowhere"], 2, "expected host:port for --to"],
  [["--to", "127.0.0.1:99999"], 2, "expected host:port for --to"],
  [[], 2, "--to"],
  [["--to", "no-such-host.invalid:9000"], 1, "(not_found)"],
  [["--to", "127.0.0.1:9000", "--slots", "0"], 2, "--slots"],
])("%j ends with %i and names what is wrong", async (args, code, text) => {
  const outcome = await emostream(["osc", ...args]);
  expect(outcome).toMatchObject({ code, stdout: "" });
  expect(outcome.stderr).toContain(text);
});

test("a wrong token and an impossible stream id are refusals with a code, for watch too", async () => {
  await using server = await startServer({ env: { EMOSTREAM_TOKEN: "a-long-secret" } });
  for (const command of [["osc", "--to", "127.0.0.1:9000", "--url"], ["watch", "--server"]]) {
    const outcome = await emostream([...command, server.url], { EMOSTREAM_TOKEN: "a-wrong-secret" });
    expect([outcome.code, outcome.stderr]).toEqual([1, expect.stringContaining("(unauthenticated)")]);
    const bad = await emostream([...command, server.url, "--streams", "NO SUCH"], { EMOSTREAM_TOKEN: "a-long-secret" });
    expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining("(invalid_request)")]);
  }
});
