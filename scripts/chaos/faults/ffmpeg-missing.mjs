import { chmodSync, renameSync } from "node:fs";
import { httpCamera } from "../support/cameras.mjs";
import { standIn } from "../support/stand-in.mjs";

export default {
  name: "ffmpeg-missing",
  does: "The FFmpeg program is not there, or may not be run; then it is.",
  async run(t) {
    const camera = await httpCamera(t);
    const ffmpeg = standIn(t, 'exec ffmpeg "$@"');
    renameSync(ffmpeg, `${ffmpeg}.away`);
    const server = await t.serve({ ingest: { ffmpeg } });
    await server.add("cam", camera.url);
    const failed = await server.state("cam", "failed");
    t.holds("the reason is ffmpeg_missing", failed.reason?.code === "ffmpeg_missing", failed.reason);
    renameSync(`${ffmpeg}.away`, ffmpeg);
    chmodSync(ffmpeg, 0o644);
    await server.request("POST", "/v1/streams/cam/resume");
    const still = await server.state("cam", "failed");
    t.holds("a program that may not be run is called the same", still.reason?.code === "ffmpeg_missing", still.reason);
    chmodSync(ffmpeg, 0o755);
    t.holds("resume is taken", (await server.request("POST", "/v1/streams/cam/resume")).status === 200);
    await server.back("cam");
  },
};
