// A camera at the whole server: added by its address, watched, taken away, back again; passwords stay inside.

import { describe, expect, test } from "vitest";
import { rtspServerAvailable, startRtspServer } from "../../support/rtsp-server.js";
import { startServer, waitFor, type ServerProcess } from "../../support/server-process.js";
import { freePort } from "../../support/free-port.js";

interface StreamInfo {
  readonly state: string;
  readonly source: string;
  readonly reason?: { readonly code: string; readonly message: string };
  readonly nextTryAt?: string;
  readonly seq: number;
  readonly counters: { readonly decoded: number; readonly analysed: number; readonly inFlight: number; readonly dropped: Readonly<Record<string, number>> };
}

const available = await rtspServerAvailable();

describe.skipIf(!available)("RTSP cameras at the server (skipped where GStreamer's RTSP server is missing)", () => {
  test.each(["tcp", "udp"] as const)("a camera over %s becomes live, and every frame is accounted for", async (transport) => {
    await using camera = await startRtspServer();
    await using server = await startServer({ args: ["--engine", "noop"] });
    await add(server, { id: "cam", source: camera.url, transport });
    const live = await reaches(server, (s) => s.state === "live" && s.counters.analysed > 10);
    expect(live.counters.decoded).toBe(live.counters.analysed + live.counters.inFlight + Object.values(live.counters.dropped).reduce((a, b) => a + b, 0));
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/decoded\S*\{[^}]*stream="cam"[^}]*\} \d+/);
  });

  test("wrong password: named, tried again, and the password is nowhere to be seen", async () => {
    await using camera = await startRtspServer({ user: "viewer", password: "right-secret" });
    await using server = await startServer({ args: ["--engine", "noop"] });
    const wrong = new URL(camera.url);
    wrong.username = "viewer";
    wrong.password = "wrong-secret";
    await add(server, { id: "cam", source: wrong.href });
    const refused = await reaches(server, (s) => s.reason?.code === "unauthorized");
    expect(refused.nextTryAt).toBeDefined();
    for (const path of ["/v1/streams", "/v1/streams/cam", "/metrics"]) expect(await (await fetch(`${server.url}${path}`)).text(), path).not.toContain("wrong-secret");
    expect(server.output()).not.toContain("wrong-secret");
    expect((await fetch(`${server.url}/v1/streams/cam`, { method: "DELETE" })).status).toBe(204);
    const right = new URL(camera.url);
    right.username = "viewer";
    right.password = "right-secret";
    await add(server, { id: "cam", source: right.href });
    await reaches(server, (s) => s.state === "live");
  });

  test("a camera that goes away and comes back is live again by itself; seq goes on", async () => {
    const port = await freePort();
    await using server = await startServer({ args: ["--engine", "noop"] });
    let before: StreamInfo;
    {
      await using camera = await startRtspServer({ port });
      await add(server, { id: "cam", source: camera.url });
      before = await reaches(server, (s) => s.state === "live" && s.seq > 5);
    }
    const gone = await reaches(server, (s) => s.state === "reconnecting");
    expect(gone.reason?.message).toMatch(/\w/);
    await using _again = await startRtspServer({ port });
    const back = await reaches(server, (s) => s.state === "live");
    expect(back.seq).toBeGreaterThanOrEqual(before.seq);
  });

  test("unknown hosts, closed ports and addresses that make no sense do not disturb the others", async () => {
    await using camera = await startRtspServer();
    await using server = await startServer({ args: ["--engine", "noop"] });
    await add(server, { id: "cam", source: camera.url });
    await add(server, { id: "closed", source: `rtsp://127.0.0.1:${await freePort()}/x` });
    await add(server, { id: "unknown", source: "rtsp://no-such-host.invalid/x" });
    const bad = await fetch(`${server.url}/v1/streams`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ source: "gopher://x/y" }) });
    expect(bad.status).toBeGreaterThanOrEqual(400);
    expect(((await bad.json()) as { code: string }).code).toBe("unsupported_protocol");
    await reaches(server, (s) => s.reason?.code === "refused", "closed");
    await reaches(server, (s) => s.reason?.code === "not_found" || s.reason?.code === "unreachable", "unknown");
    const now = await reaches(server, (s) => s.state === "live" && s.counters.analysed > 5);
    await reaches(server, (s) => s.counters.analysed > now.counters.analysed + 5);
  });
});

async function add(server: ServerProcess, body: object): Promise<void> {
  const answer = await fetch(`${server.url}/v1/streams`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (answer.status !== 201) throw new Error(`expected 201, received ${answer.status}: ${await answer.text()}`);
}

function reaches(server: ServerProcess, fits: (stream: StreamInfo) => boolean, id = "cam"): Promise<StreamInfo> {
  return waitFor(`stream ${id} in the state asked for`, async () => {
    const stream = (await (await fetch(`${server.url}/v1/streams/${id}`)).json()) as StreamInfo;
    return fits(stream) ? stream : undefined;
  });
}
