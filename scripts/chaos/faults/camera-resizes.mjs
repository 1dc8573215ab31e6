import { until } from "../support/wait.mjs";
import { httpCamera } from "../support/cameras.mjs";

export default {
  name: "camera-resizes",
  does: "The camera changes its resolution in mid-stream, up, to another shape, and back, on one connection.",
  async run(t) {
    const camera = await httpCamera(t);
    const server = await t.serve();
    await server.add("cam", camera.url);
    await server.analyses("cam");
    for (const [width, height] of [[320, 240], [120, 160], [640, 360], [160, 120]]) {
      await camera.resize(width, height);
      await until(`${width}x${height}`, async () => {
        const now = await server.stream("cam");
        return now.width === width && now.height === height && now.state === "live";
      });
      await server.analyses("cam");
    }
    t.holds("every size was shown as the source's", true);
    t.holds("the stream lives", (await server.stream("cam")).state === "live");
    t.note("connections", camera.connections);
  },
};
