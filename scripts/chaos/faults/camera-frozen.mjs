import { rtspCamera } from "../support/cameras.mjs";

export default {
  name: "camera-frozen",
  does: "An RTSP camera over TCP hangs (SIGSTOP) for longer than the server waits, then goes on (SIGCONT).",
  needs: ["rtsp"],
  async run(t) {
    const camera = await rtspCamera(t);
    const server = await t.watch(camera.url);
    camera.freeze();
    await server.state("cam", "stalled", "reconnecting");
    const given = await server.state("cam", "reconnecting");
    t.holds("silence is called stalled or timeout", ["stalled", "timeout", "source_lost"].includes(given.reason?.code), given.reason);
    camera.thaw();
    await server.back("cam");
    t.holds("it was called stalled on the way", server.feed.states.some((s) => s.state === "stalled"));
  },
};
