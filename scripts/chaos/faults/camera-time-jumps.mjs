import { tsCamera } from "../support/ts-camera.mjs";

export default {
  name: "camera-time-jumps",
  does: "The camera's timestamps jump an hour forward, back to zero, to just before they run over (33 bits), and back again.",
  async run(t) {
    const camera = await tsCamera(t);
    await camera.play("h264", 100);
    const server = await t.watch(camera.url);
    for (const seconds of [3700, 0, 95_440, 10]) {
      await camera.play("h264", seconds);
      await server.back("cam", 10);
    }
    t.note("connections", camera.connections);
  },
};
