import { isAlive } from "../support/processes.mjs";
import { standIn } from "../support/stand-in.mjs";
import { until } from "../support/wait.mjs";

export default {
  name: "ffmpeg-hangs",
  does: "FFmpeg gives nothing and ignores SIGTERM.",
  async run(t) {
    const ffmpeg = standIn(t, "trap '' TERM\nexec sleep 1000");
    const server = await t.serve({ ingest: { ffmpeg, openTimeoutMs: 2000 } });
    await server.add("cam", "http://127.0.0.1:9/camera");
    const [first] = await until("the first one", () => server.decoders().length > 0 && server.decoders());
    const given = await server.state("cam", "reconnecting");
    t.holds("given up as timeout", given.reason?.code === "timeout", given.reason);
    t.holds("it was ended all the same before the next attempt waits", !isAlive(first), first);
    await until("the next one", () => server.decoders().length === 1);
    t.holds("the server answers", (await server.request("GET", "/healthz")).status === 200);
  },
};
