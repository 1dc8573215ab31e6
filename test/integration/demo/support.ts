// The demo clip, its truth and its stills as the tests read them.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { emotionNames } from "../../../src/core/emotions.js";
import { packageRoot } from "../../../src/core/package-info.js";

export const demoDir = join(packageRoot, "assets", "demo");
export const clipFile = join(demoDir, "demo.mp4");

const box = z.strictObject({ x: z.number(), y: z.number(), width: z.number().positive(), height: z.number().positive() });
const landmarks = z.array(z.tuple([z.number(), z.number()])).length(5);
const scores = z.strictObject(Object.fromEntries(emotionNames.map((name) => [name, z.number().min(0).max(1)])));

const truthSchema = z.strictObject({
  v: z.literal(1),
  file: z.literal("demo.mp4"),
  width: z.int(),
  height: z.int(),
  fps: z.int(),
  emotions: z.array(z.enum(emotionNames)).length(7),
  frames: z.array(
    z.strictObject({
      index: z.int(),
      ptsMs: z.number(),
      faces: z.array(z.strictObject({ id: z.int(), box, landmarks, emotions: scores, dominant: z.enum(emotionNames), visible: z.number().min(0).max(1) })),
    }),
  ),
});

const compositesSchema = z.strictObject({
  about: z.string(),
  script: z.string(),
  characters: z.array(z.strictObject({ people: z.int(), set: z.string() })),
  expressions: z.record(z.enum(emotionNames), z.array(z.strictObject({ people: z.int(), set: z.string() })).min(1)),
  stills: z.record(z.enum(emotionNames), z.strictObject({ file: z.string(), character: z.int(), box, landmarks })),
});

export type Truth = z.infer<typeof truthSchema>;
export type TruthFace = Truth["frames"][number]["faces"][number];

/** The clip's truth, checked against its schema. */
export async function readTruth(): Promise<Truth> {
  return truthSchema.parse(JSON.parse(await readFile(join(demoDir, "demo.truth.json"), "utf8")));
}

/** composites.json, checked against its schema. */
export async function readComposites(): Promise<z.infer<typeof compositesSchema>> {
  return compositesSchema.parse(JSON.parse(await readFile(join(demoDir, "faces", "composites.json"), "utf8")));
}

/** What ffprobe says of the clip's video: stream entries and the pts of every frame in milliseconds. */
export async function probeClip(): Promise<{ readonly stream: Readonly<Record<string, unknown>>; readonly ptsMs: readonly number[] }> {
  const { stdout } = await promisify(execFile)("ffprobe", ["-v", "error", "-select_streams", "v:0", "-show_streams", "-show_frames", "-show_entries", "frame=pts_time", "-of", "json", clipFile], { maxBuffer: 1 << 26 });
  const parsed = z.object({ streams: z.array(z.record(z.string(), z.unknown())), frames: z.array(z.object({ pts_time: z.coerce.number() })) }).parse(JSON.parse(stdout));
  return { stream: parsed.streams[0] ?? {}, ptsMs: parsed.frames.map((frame) => frame.pts_time * 1000) };
}

/** Every `step`-th frame as rgb24, in order. */
export async function decodeClip(width: number, height: number, step: number): Promise<Uint8Array[]> {
  const args = ["-v", "error", "-i", clipFile, "-vf", `select=not(mod(n\\,${step}))`, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"];
  const child = spawn("ffmpeg", args, { stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  const [code] = await closed;
  if (code !== 0) throw new Error(`Expected FFmpeg to exit with 0, received ${String(code)}`);
  const all = Buffer.concat(chunks);
  const size = width * height * 3;
  return Array.from({ length: all.length / size }, (_, i) => all.subarray(i * size, (i + 1) * size));
}
