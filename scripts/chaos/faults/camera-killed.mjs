import { rtspCamera } from "../support/cameras.mjs";

export default {
  name: "camera-killed",
  does: "An RTSP camera loses its power and comes back on the same port.",
  needs: ["rtsp"],
  async run(t) {
    const camera = await rtspCamera(t);
    const server = await t.watch(camera.url);
    await camera.kill();
    const away = await server.state("cam", "reconnecting");
    t.holds("the reason says that it is gone", ["refused", "source_lost"].includes(away.reason?.code), away.reason);
    await rtspCamera(t, { port: camera.port });
    const back = await server.back("cam");
    t.holds("live again without a reason", back.reason === undefined, back.reason);
    t.holds("numbers go on", back.seq > away.seq, [away.seq, back.seq]);
  },
};
