import { httpCamera } from "../support/cameras.mjs";
import { until } from "../support/wait.mjs";

export default {
  name: "camera-resizes",
  does: "The camera changes its resolution in mid-stream, to twice the size, turned, to another shape, and back.",
  async run(t) {
    const camera = await httpCamera(t);
    const server = await t.watch(camera.url);
    for (const [width, height] of [[320, 240], [240, 320], [640, 360], [160, 120]]) {
      await camera.resize(width, height);
      await until(`${width}x${height}`, async () => {
        const now = await server.stream("cam");
        return now.width === width && now.height === height && now.state === "live";
      });
      await server.analyses("cam");
    }
    t.holds("each size was opened anew, once", camera.connections === 5, camera.connections);
  },
};
