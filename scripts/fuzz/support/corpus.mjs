// The whole files that mutations begin with: every kind of the tests' zoo and FLV, and pictures of every format, all of them tiny.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { encoderArgs, zoo } from "../../../test/support/zoo-list.mjs";

const clip = "testsrc2=size=96x64:rate=10:duration=0.6";

/** Bytes of each kind of film, by name. */
export function films(folder) {
  mkdirSync(folder, { recursive: true });
  return [...zoo, { name: "flv.flv", codec: "flv" }, { name: "sound.mp4", codec: "libx264", sound: true }].map(({ name, codec, args = [], sound }) => {
    const file = join(folder, name);
    execFileSync("ffmpeg", ["-v", "error", "-y", "-f", "lavfi", "-i", clip, ...(sound ? ["-f", "lavfi", "-i", "sine=duration=0.6"] : []), "-t", "0.6", "-c:v", codec, ...(encoderArgs[codec] ?? []), ...args, file]);
    return { name, bytes: readFileSync(file) };
  });
}

/** Bytes of each kind of picture, by name. */
export async function pictures() {
  const [width, height] = [80, 60];
  const raw = Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => (i * 13) % 251));
  const formats = ["jpeg", "png", "webp", "gif", "tiff", "avif"];
  const encoded = await Promise.all(formats.map(async (name) => ({ name, bytes: await sharp(raw, { raw: { width, height, channels: 3 } }).toFormat(name).toBuffer() })));
  return [...encoded, { name: "svg", bytes: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="50%" fill="#369"/><image href="file:///etc/passwd" width="9" height="9"/></svg>`) }];
}
