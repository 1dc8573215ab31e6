import { httpCamera } from "../support/cameras.mjs";

export default {
  name: "camera-one-fps",
  does: "The camera sends one picture a second, then again ten.",
  async run(t) {
    const camera = await httpCamera(t, { fps: 1 });
    const server = await t.serve({ ingest: { openTimeoutMs: 30_000, stallAfterMs: 4000, stallTimeoutMs: 12_000, poolFrames: 4 } });
    await server.add("cam", camera.url);
    await server.analyses("cam", 6);
    camera.fps = 10;
    await server.analyses("cam", 10);
    t.holds("one connection was enough", camera.connections === 1, camera.connections);
    t.holds("it was never called stalled", !server.feed.states.some((s) => s.state === "stalled"), server.feed.states);
  },
};
