// Clips for cameras: composite faces (assets/demo/faces) that move a little in a room, and the number of each frame painted as blocks that survive encoder and JPEG.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { root } from "./report.mjs";

const bits = 12;
/** Width and height of one painted bit, shares of the picture's; the blocks lie in the lower left corner. */
const bitShare = 1 / 40;
/** How far a face goes to each side, shares of its own side. */
const sway = 0.15;

/**
 * Writes a clip of H.264 without B-frames, a key frame each second, each picture in one piece (GStreamer's RTSP server tears slices apart).
 * @param faces How many, in rows of at most eight; each `faceSide` pixels wide (default: as the grid allows). `noise`: grey values, another in each picture. `numbered: false`: no number, as it would be a movement.
 */
export async function makeClip(file, { width = 640, height = 360, fps = 15, seconds, faces = 0, faceSide, noise = 0, numbered = true }) {
  const columns = Math.min(8, Math.ceil(Math.sqrt(faces * (width / height))) || 1);
  const rows = Math.max(1, Math.ceil(faces / columns));
  const side = faceSide ?? Math.round(0.6 * Math.min(width / columns, (height * 0.9) / rows));
  const folder = join(root, "assets/demo/faces");
  const names = readdirSync(folder).filter((name) => name.endsWith(".png"));
  const textures = await Promise.all(names.map((name) => sharp(join(folder, name)).removeAlpha().resize(side, side).raw().toBuffer()));
  const room = paintRoom(width, height);
  const encoder = spawn("ffmpeg", ["-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", `${width}x${height}`, "-r", String(fps), "-i", "pipe:0", ...(noise > 0 ? ["-vf", `noise=alls=${noise}:allf=t`] : []), "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-x264-params", "sliced-threads=0", "-bf", "0", "-g", String(fps), "-crf", "24", "-pix_fmt", "yuv420p", file], { stdio: ["pipe", "ignore", "inherit"] });
  const closed = once(encoder, "close");
  for (let n = 0; n < seconds * fps; n++) {
    const picture = Buffer.from(room);
    for (let k = 0; k < faces; k++) {
      const turn = (2 * Math.PI * n) / (fps * (3 + (k % 3))) + k;
      const x = ((k % columns) + 0.5) * (width / columns) - side / 2 + sway * side * Math.sin(turn);
      const y = (Math.floor(k / columns) + 0.5) * ((height * 0.9) / rows) - side / 2 + 0.3 * sway * side * Math.cos(turn);
      paste(picture, width, height, textures[k % textures.length], side, Math.round(x), Math.round(y));
    }
    if (numbered) paintNumber(picture, width, height, n);
    if (!encoder.stdin.write(picture)) await once(encoder.stdin, "drain");
  }
  encoder.stdin.end();
  const [code] = await closed;
  if (code !== 0) throw new Error(`FFmpeg ended with ${code}`);
}

/** The number of the frame that an encoded picture shows. */
export async function readNumber(jpeg) {
  const { data, info } = await sharp(jpeg).greyscale().raw().toBuffer({ resolveWithObject: true });
  let n = 0;
  for (let bit = 0; bit < bits; bit++) {
    const { x, y, w, h } = blockOf(bit, info.width, info.height);
    if (data[Math.floor(y + h / 2) * info.width + Math.floor(x + w / 2)] > 127) n |= 1 << bit;
  }
  return n;
}

function paintRoom(width, height) {
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k += 3) {
      const shelf = (40 * y) / height + (x < width * 0.3 && Math.floor((12 * y) / height) % 2 === 0 ? 18 : 0);
      data[k] = 120 + shelf;
      data[k + 1] = 118 + shelf;
      data[k + 2] = 112 + shelf;
    }
  }
  return data;
}

function paste(picture, width, height, texture, side, left, top) {
  for (let y = Math.max(0, -top); y < Math.min(side, height - top); y++) {
    const from = Math.max(0, -left);
    const to = Math.min(side, width - left);
    texture.copy(picture, 3 * ((top + y) * width + left + from), 3 * (y * side + from), 3 * (y * side + to));
  }
}

function paintNumber(picture, width, height, n) {
  for (let bit = 0; bit < bits; bit++) {
    const { x, y, w, h } = blockOf(bit, width, height);
    for (let row = y; row < y + h; row++) picture.fill((n >> bit) & 1 ? 235 : 16, 3 * (row * width + x), 3 * (row * width + x + w));
  }
}

function blockOf(bit, width, height) {
  const w = Math.floor(width * bitShare);
  const h = Math.floor(height * bitShare * 2);
  return { x: bit * w, y: height - h, w, h };
}
