import { rtspCamera } from "../support/cameras.mjs";
import { startProxy } from "../support/proxy.mjs";

export default {
  name: "network-half-open",
  does: "A camera over TCP restarts behind a router that forgets its connections: no FIN, no RST; new connections pass at once.",
  needs: ["rtsp"],
  async run(t) {
    const camera = await rtspCamera(t);
    const proxy = await startProxy(t, camera.port, t.random);
    const server = await t.watch(proxy.url);
    proxy.forget();
    const stalled = await server.state("cam", "stalled", "reconnecting");
    t.holds("noticed as silence", ["stalled", undefined].includes(stalled.reason?.code), stalled.reason);
    await server.state("cam", "reconnecting", "connecting");
    await server.back("cam");
    t.holds("there is one decoder", server.decoders().length === 1, server.decoders());
  },
};
