import { httpCamera } from "../support/cameras.mjs";
import { isAlive } from "../support/processes.mjs";
import { until } from "../support/wait.mjs";

export default {
  name: "ffmpeg-killed",
  does: "Somebody kills FFmpeg (SIGKILL), three times.",
  async run(t) {
    const camera = await httpCamera(t);
    const server = await t.serve();
    await server.add("cam", camera.url);
    for (let i = 0; i < 3; i += 1) {
      await server.state("cam", "live");
      await server.analyses("cam", 3);
      const [child] = server.decoders();
      process.kill(child.pid, "SIGKILL");
      await until("its end", () => !isAlive(child));
      await until("a new decoder", () => server.decoders().some((c) => c.pid !== child.pid));
    }
    await server.state("cam", "live");
    await server.analyses("cam", 3);
    t.holds("there is one decoder", server.decoders().length === 1, server.decoders());
    t.holds("each time the reason was told", server.feed.states.filter((s) => s.state === "reconnecting" && s.code !== undefined).length >= 3, server.feed.states);
  },
};
