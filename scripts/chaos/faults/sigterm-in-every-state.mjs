import { rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { WebSocket } from "ws";
import { httpCamera, makeClip } from "../support/cameras.mjs";
import { descendants, isAlive } from "../support/processes.mjs";
import { until } from "../support/wait.mjs";

export default {
  name: "sigterm-in-every-state",
  does: "SIGTERM while streams connect, live, stall, reconnect, rest, are over and have failed, an analysis runs, an upload is half done and a client does not read.",
  async run(t) {
    const live = await httpCamera(t);
    const stalling = await httpCamera(t);
    const hanging = await httpCamera(t);
    hanging.mode = "hang";
    const gone = await httpCamera(t);
    await gone.close();
    const server = await t.serve({ ingest: { openTimeoutMs: 60_000, stallAfterMs: 1000, stallTimeoutMs: 60_000, poolFrames: 4 }, reconnect: { minDelayMs: 60_000, maxDelayMs: 60_000 } });
    const media = (name) => join(t.folder, "media", name);
    makeClip(media("short.mp4"), { seconds: 1 });
    makeClip(media("long.mp4"), { fps: 25, seconds: 900, width: 64, height: 48 });
    writeFileSync(media("broken.mp4"), "no video");
    await server.add("live", live.url);
    await server.add("stalled", stalling.url);
    await server.add("connecting", hanging.url);
    await server.add("reconnecting", gone.url);
    await server.add("paused", live.url);
    await server.request("POST", "/v1/streams/paused/pause");
    await server.add("ended", "short.mp4");
    await server.add("failed", "broken.mp4");
    await server.analyses("stalled", 2);
    stalling.fps = 0.001;
    for (const id of ["live", "stalled", "connecting", "reconnecting", "paused", "ended", "failed"]) await server.state(id, id);
    const { body: analysis } = await server.request("POST", "/v1/analyses", { path: "long.mp4", formats: ["jsonl"] });
    await until("a running analysis", async () => (await server.request("GET", `/v1/analyses/${analysis.id}`)).body.state === "running");
    const upload = connect(Number(new URL(server.url).port), "127.0.0.1");
    upload.on("error", () => undefined); // the server cuts it off
    upload.write("POST /v1/analyses?name=x.mp4 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: video/mp4\r\nContent-Length: 1000000\r\n\r\nhalf");
    const deaf = new WebSocket(`${server.url.replace("http", "ws")}/v1/feed?preview=jpeg`);
    deaf.on("error", () => undefined); // it is cut off
    await once(deaf, "open");
    deaf._socket.pause();
    const children = descendants(server.pid);
    t.holds("decoders run", children.length >= 3, children);
    const startedMs = performance.now();
    const code = await server.stop();
    t.note("shutdownMs", Math.round(performance.now() - startedMs));
    t.holds("exit code 0", code === 0, code);
    await until("the end of every child", () => !children.some(isAlive), 10_000);
    t.holds("no child is left", true);
    t.holds("it did not run into its own deadline", !server.said().includes("shutdown took too long"));
    upload.destroy();
    deaf.terminate();
    rmSync(media("long.mp4"));

    const again = await t.serve({ reconnect: { minDelayMs: 60_000, maxDelayMs: 60_000 } });
    t.holds("all streams are back, the paused one paused", (await again.streams()).length === 7 && (await again.stream("paused")).state === "paused");
    const other = await t.serve({}, { folder: join(t.folder, "early"), watch: false });
    t.holds("SIGTERM right after the start: 0", (await other.stop()) === 0);
  },
};
