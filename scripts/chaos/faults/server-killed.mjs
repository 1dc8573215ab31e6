import { httpCamera } from "../support/cameras.mjs";
import { isAlive } from "../support/processes.mjs";
import { standIn } from "../support/stand-in.mjs";
import { until } from "../support/wait.mjs";

export default {
  name: "server-killed",
  does: "The server is killed (SIGKILL) with decoders in every mood, and started again on the same state.",
  async run(t) {
    const camera = await httpCamera(t);
    const hanging = await httpCamera(t);
    hanging.mode = "hang";
    const ffmpeg = standIn(t, "trap '' TERM\nexec ffmpeg \"$@\"");
    const server = await t.serve({ ingest: { ffmpeg } });
    await server.add("live", camera.url);
    await server.add("opening", hanging.url);
    await server.analyses("live");
    const children = await until("two decoders", () => server.decoders().length === 2 && server.decoders());
    await server.stop("SIGKILL");
    await until("the end of every decoder", () => !children.some(isAlive), 10_000);
    t.holds("no decoder outlives its server", true);
    const again = await t.serve({ ingest: { ffmpeg: "ffmpeg" } });
    await again.state("live", "live");
    await again.analyses("live");
    t.holds("both streams are back", (await again.streams()).length === 2);
  },
};
