import { rtspCamera } from "../support/cameras.mjs";

export default {
  name: "camera-silent-udp",
  does: "An RTSP camera over UDP falls silent: no end of file, no reset, nothing.",
  needs: ["rtsp"],
  async run(t) {
    const camera = await rtspCamera(t);
    const server = await t.watch(camera.url, { transport: "udp" });
    camera.freeze();
    await server.state("cam", "stalled");
    const given = await server.state("cam", "reconnecting");
    t.holds("given up as stalled", ["stalled", "timeout"].includes(given.reason?.code), given.reason);
    camera.thaw();
    await server.back("cam");
  },
};
