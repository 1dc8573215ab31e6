import { rtspCamera } from "../support/cameras.mjs";

export default {
  name: "camera-password",
  does: "The camera refuses the password, until somebody sets the one that the server has.",
  needs: ["rtsp"],
  async run(t) {
    const other = await rtspCamera(t, { user: "viewer", password: "another-one" });
    const server = await t.serve({ reconnect: { minDelayMs: 200, maxDelayMs: 3000 } });
    await server.add("cam", `rtsp://viewer:the-right-one@127.0.0.1:${other.port}/cam`);
    const refused = await server.state("cam", "reconnecting");
    t.holds("the reason is unauthorized", refused.reason?.code === "unauthorized", refused.reason);
    const waitMs = Date.parse(refused.nextTryAt) - Date.now();
    t.holds("the longest waiting time at once: cameras lock accounts", waitMs > 1000, waitMs);
    await other.kill();
    await rtspCamera(t, { port: other.port, user: "viewer", password: "the-right-one" });
    await server.back("cam");
    const shown = JSON.stringify(await server.streams()) + server.said();
    t.holds("the password stands in no answer and no log", !shown.includes("the-right-one"));
  },
};
