// Sets the rotation flag of an MP4 by writing its display matrix (FFmpeg's own option for it changed its name between versions).

import { readFile, writeFile } from "node:fs/promises";

const one = 0x10000; // 16.16 fixed point
const matrixAt = 44; // after the letters "tkhd", version 0

/** Makes players turn the picture clockwise by 90, 180 or 270 degrees. Changes the file in place. */
export async function rotateMp4(file: string, degrees: 90 | 180 | 270): Promise<void> {
  const bytes = await readFile(file);
  const at = bytes.indexOf("tkhd");
  if (at < 0 || bytes[at + 4] !== 0) throw new Error("Expected an MP4 with a version 0 track header.");
  const [a, b, c, d] = { 90: [0, one, -one, 0], 180: [-one, 0, 0, -one], 270: [0, -one, one, 0] }[degrees] as [number, number, number, number];
  [a, b, 0, c, d].forEach((value, i) => bytes.writeInt32BE(value, at + matrixAt + i * 4));
  await writeFile(file, bytes);
}
