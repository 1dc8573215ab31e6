// Cameras to do harm to: GStreamer's RTSP server (the tests' own), and an HTTP camera that sends JPEG pictures.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { join } from "node:path";
import sharp from "sharp";
import { root } from "./server.mjs";

// Debian's own Python: the bindings are not there for another.
const python = "/usr/bin/python3";
const script = join(root, "test/support/rtsp_server.py");
const size = { width: 160, height: 120, fps: 10, pattern: "smpte" };

/** True where GStreamer's RTSP server is installed. */
export function hasRtsp() {
  return spawnSync(python, ["-c", 'import gi; gi.require_version("GstRtspServer", "1.0"); from gi.repository import GstRtspServer']).status === 0;
}

/** Starts an RTSP camera; options as rtsp_server.py takes them. Start another on the same port to bring a killed one back. */
export async function rtspCamera(t, options = {}) {
  const child = spawn(python, [script, JSON.stringify({ port: 0, ...size, ...options })], { stdio: ["ignore", "pipe", "ignore"] });
  t.defer(() => child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout });
  let zeroMs;
  lines.on("line", (line) => (zeroMs = line.startsWith("zero ") ? Number(line.slice(5)) : zeroMs));
  const [line] = await Promise.race([once(lines, "line"), once(child, "exit")]);
  const port = Number(/^up (\d+)$/.exec(String(line))?.[1]);
  if (!(port > 0)) throw new Error("the RTSP camera did not start");
  const exited = once(child, "exit");
  return {
    port,
    url: `rtsp://127.0.0.1:${port}/cam`,
    /** When it sends, or would have sent, what has the time 0 in its file; undefined before it plays. */
    zeroMs: () => zeroMs,
    freeze: () => child.kill("SIGSTOP"),
    thaw: () => child.kill("SIGCONT"),
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/**
 * An HTTP camera (multipart JPEG, as many IP cameras send it). `mode`: `send`, `hang` (connections are taken, nothing is sent) or
 * `refuse` (connections are cut). `fps` and the picture may change while it runs.
 */
export async function httpCamera(t, { fps = 10, port = 0, width = 160, height = 120, picture: usual } = {}) {
  const viewers = new Set();
  let shape = [width, height];
  let jpeg = await testPicture(width, height, usual);
  let flashed;
  const camera = { mode: "send", fps, connections: 0, url: "", port: 0 };
  const server = createServer((_request, response) => {
    camera.connections += 1;
    if (camera.mode === "refuse") return void response.destroy();
    if (camera.mode === "hang") return void viewers.add(response);
    response.writeHead(200, { "content-type": "multipart/x-mixed-replace; boundary=frame" });
    viewers.add(response);
    response.on("close", () => viewers.delete(response));
  });
  let due = performance.now();
  const timer = setInterval(() => {
    if (camera.mode !== "send" || performance.now() < due) return;
    due = performance.now() + 1000 / camera.fps;
    const picture = flashed ?? jpeg;
    flashed = undefined;
    for (const viewer of viewers) {
      if (!viewer.headersSent || viewer.writableNeedDrain) continue;
      viewer.write(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`);
      viewer.write(picture);
      viewer.write("\r\n");
    }
  }, 20);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  camera.port = server.address().port;
  camera.url = `http://127.0.0.1:${camera.port}/camera`;
  camera.drop = () => {
    for (const viewer of viewers) viewer.destroy();
    viewers.clear();
  };
  camera.resize = async (w, h) => {
    shape = [w, h];
    jpeg = await testPicture(w, h, usual);
  };
  /** One single picture with another in its middle, or in a colour all over. */
  camera.flash = async (what) => {
    flashed = await testPicture(...shape, what);
  };
  camera.close = async () => {
    clearInterval(timer);
    camera.drop();
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  t.defer(() => camera.close());
  return camera;
}

/** A clip in the media root of a folder, played in a loop at its own speed. */
export function makeClip(file, { width = 160, height = 120, fps = 10, seconds = 4 } = {}) {
  execFileSync("ffmpeg", ["-v", "error", "-y", "-f", "lavfi", "-i", `testsrc2=size=${width}x${height}:rate=${fps}:duration=${seconds}`, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", file]);
}

/** The usual picture, one with another (`what`) in its middle, one in a colour all over, or `noise`, which makes large files. */
function testPicture(width, height, what) {
  if (what === "noise") return sharp({ create: { width, height, channels: 3, noise: { type: "gaussian", mean: 128, sigma: 60 } } }).jpeg().toBuffer();
  if (typeof what === "string") return sharp({ create: { width, height, channels: 3, background: what === "green" ? "lime" : what } }).jpeg({ quality: 100 }).toBuffer();
  const stripes = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#246"/><circle cx="50%" cy="50%" r="20%" fill="#fc6"/></svg>`);
  const picture = sharp(stripes);
  return (what === undefined ? picture : picture.composite([{ input: what }])).jpeg().toBuffer();
}
