import { rtspCamera } from "../support/cameras.mjs";
import { startProxy } from "../support/proxy.mjs";
import { until } from "../support/wait.mjs";

export default {
  name: "network-corrupt",
  does: "RTP over TCP: a tenth of the camera's bytes is changed for a while.",
  needs: ["rtsp"],
  async run(t) {
    const camera = await rtspCamera(t);
    const proxy = await startProxy(t, camera.port, t.random);
    const server = await t.watch(proxy.url);
    proxy.mode = "corrupt";
    await until("damage", () => proxy.damaged > 500);
    t.holds("the server answers meanwhile", (await server.request("GET", "/healthz")).status === 200);
    await until("an end of what cannot be read", async () => (await server.stream("cam")).state !== "live");
    proxy.mode = "pass";
    await server.back("cam");
    t.note("bytesDamaged", proxy.damaged);
  },
};
