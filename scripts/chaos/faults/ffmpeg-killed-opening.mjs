import { httpCamera } from "../support/cameras.mjs";
import { isAlive } from "../support/processes.mjs";
import { until } from "../support/wait.mjs";

export default {
  name: "ffmpeg-killed-opening",
  does: "Somebody kills FFmpeg (SIGKILL) while it opens a camera that does not answer, three times; then the camera does.",
  async run(t) {
    const camera = await httpCamera(t);
    camera.mode = "hang";
    const server = await t.serve({ ingest: { openTimeoutMs: 60_000 } });
    await server.add("cam", camera.url);
    for (let i = 0; i < 3; i += 1) {
      const taken = camera.connections;
      const child = await until("a decoder that waits for the camera", () => camera.connections >= Math.max(taken, i + 1) && server.decoders()[0]);
      process.kill(child.pid, "SIGKILL");
      await until("its end", () => !isAlive(child));
      const { reason } = await server.state("cam", "reconnecting", "connecting");
      t.holds("a reason with a name", reason === undefined || reason.code !== "internal", reason);
      await until("another try", () => camera.connections >= i + 2);
    }
    camera.mode = "send";
    camera.drop();
    await server.back("cam");
    t.holds("there is one decoder", server.decoders().length === 1, server.decoders());
  },
};
