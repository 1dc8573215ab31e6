import { httpCamera } from "../support/cameras.mjs";
import { until } from "../support/wait.mjs";

export default {
  name: "camera-resizes",
  does: "The camera changes its resolution in mid-stream, to twice the size, to another shape, and back.",
  async run(t) {
    const camera = await httpCamera(t);
    const server = await t.serve();
    await server.add("cam", camera.url);
    await server.analyses("cam");
    await camera.resize(320, 240);
    await server.analyses("cam", 10);
    t.holds("a size that is scaled to the same goes on, on the same connection", camera.connections === 1, camera.connections);
    for (const [width, height] of [[120, 160], [640, 360], [160, 120]]) {
      await camera.resize(width, height);
      await until(`${width}x${height}`, async () => {
        const now = await server.stream("cam");
        return now.width === width && now.height === height && now.state === "live";
      });
      await server.analyses("cam");
    }
    t.holds("every other size is opened anew, once", camera.connections === 4, camera.connections);
  },
};
