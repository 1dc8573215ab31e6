import { processMib } from "../support/processes.mjs";
import { standIn } from "../support/stand-in.mjs";
import { sleep, until } from "../support/wait.mjs";

export default {
  name: "ffmpeg-floods-stderr",
  does: "FFmpeg writes to stderr without end, as fast as it can, lines and one line that never ends.",
  async run(t) {
    const lines = standIn(t, "exec yes '[h264 @ 0x55d0c8] [error] error while decoding MB 3 7, bytestream -5' >&2", "ffmpeg-lines");
    const endless = standIn(t, "exec cat /dev/zero >&2", "ffmpeg-zeroes");
    for (const ffmpeg of [lines, endless]) {
      const server = await t.serve({ ingest: { ffmpeg, openTimeoutMs: 4000 } });
      const before = processMib(server.pid);
      await server.add("cam", "http://127.0.0.1:9/camera");
      await until("a decoder", () => server.decoders().length > 0);
      await sleep(1500);
      t.holds("the server answers in the flood", (await server.request("GET", "/healthz")).status === 200);
      await server.state("cam", "reconnecting");
      const grownMib = processMib(server.pid) - before;
      t.holds("memory is bounded (100 MiB more at most)", grownMib < 100, grownMib);
      t.holds("the log stays short", server.said().length < 200_000, server.said().length);
      await server.request("DELETE", "/v1/streams/cam");
      t.holds("and it ends well", (await server.stop()) === 0);
    }
  },
};
