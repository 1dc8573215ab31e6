import { rtspCamera } from "../support/cameras.mjs";
import { startRtpProxy } from "../support/rtp-proxy.mjs";
import { until } from "../support/wait.mjs";

export default {
  name: "rtp-lossy",
  does: "RTP over UDP: a tenth of the camera's packets is lost for a while, then a tenth has a bit changed.",
  needs: ["rtsp"],
  async run(t) {
    const camera = await rtspCamera(t);
    const proxy = await startRtpProxy(t, camera.port, t.random);
    const server = await t.watch(proxy.url, { transport: "udp" });
    for (const [mode, count] of [["drop", "lost"], ["flip", "damaged"]]) {
      proxy.mode = mode;
      await until(`15 packets ${count}`, () => proxy[count] >= 15);
      t.holds(`${mode}: the server answers meanwhile`, (await server.request("GET", "/healthz")).status === 200);
      proxy.mode = "pass";
      await server.back("cam");
    }
  },
};
