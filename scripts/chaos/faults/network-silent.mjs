import { rtspCamera } from "../support/cameras.mjs";
import { startProxy } from "../support/proxy.mjs";

export default {
  name: "network-silent",
  does: "RTP over TCP: the network stops forwarding without FIN or RST, later new connections pass again.",
  needs: ["rtsp"],
  async run(t) {
    const camera = await rtspCamera(t);
    const proxy = await startProxy(t, camera.port, t.random);
    const server = await t.watch(proxy.url);
    proxy.mode = "silent";
    await server.state("cam", "stalled");
    await server.state("cam", "reconnecting");
    const children = server.decoders();
    t.holds("the decoder that heard nothing is gone, or the next one tries", children.length <= 1, children);
    proxy.mode = "pass";
    await server.back("cam");
  },
};
