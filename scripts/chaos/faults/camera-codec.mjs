import { tsCamera } from "../support/ts-camera.mjs";
import { until } from "../support/wait.mjs";

export default {
  name: "camera-codec",
  does: "The camera changes its codec in mid-stream (MPEG-TS): H.264, MPEG-2, HEVC, and back.",
  async run(t) {
    const camera = await tsCamera(t);
    await camera.play("h264");
    const server = await t.watch(camera.url);
    for (const codec of ["mpeg2video", "hevc", "h264"]) {
      await camera.play(codec);
      await until(`${codec} to be shown`, async () => {
        const now = await server.stream("cam");
        return now.state === "live" && now.codec === codec;
      });
      await server.back("cam");
    }
    t.note("connections", camera.connections);
  },
};
