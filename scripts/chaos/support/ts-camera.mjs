// A camera that sends MPEG-TS over HTTP, as encoders and bridges do: codec and timestamps may change while a connection stays open.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";

const encoders = {
  h264: ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency"],
  hevc: ["-c:v", "libx265", "-preset", "ultrafast", "-tune", "zerolatency", "-x265-params", "log-level=none"],
  mpeg2video: ["-c:v", "mpeg2video"],
};

/** `play` changes over to another encoder, whose timestamps begin at `startSeconds`. */
export async function tsCamera(t) {
  const viewers = new Set();
  const camera = { connections: 0, url: "" };
  let encoder;
  const server = createServer((_request, response) => {
    camera.connections += 1;
    response.writeHead(200, { "content-type": "video/mp2t" });
    viewers.add(response);
    response.on("close", () => viewers.delete(response));
  });
  camera.play = async (codec, startSeconds = 0) => {
    encoder?.kill("SIGKILL");
    encoder = spawn("ffmpeg", [
      "-v", "quiet",
      "-re", "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10",
      ...encoders[codec],
      "-pix_fmt", "yuv420p", "-g", "10",
      "-output_ts_offset", String(startSeconds),
      "-muxdelay", "0", "-muxpreload", "0", "-flush_packets", "1",
      "-f", "mpegts", "-",
    ], { stdio: ["ignore", "pipe", "ignore"] });
    encoder.stdout.on("data", (chunk) => {
      for (const viewer of viewers) viewer.write(chunk);
    });
    await once(encoder.stdout, "data");
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  camera.url = `http://127.0.0.1:${server.address().port}/live`;
  t.defer(() => {
    encoder?.kill("SIGKILL");
    server.closeAllConnections();
    server.close();
  });
  return camera;
}
