// Renders the clip frame by frame into FFmpeg and writes its truth.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createBackdrop } from "./backdrop.mjs";
import { bodyHides } from "./body.mjs";
import { cast, clip, moodAt, poseAt } from "./choreography.mjs";
import { emotionNames } from "./data.mjs";
import { looks } from "./looks.mjs";
import { headMask, paintPerson } from "./paint.mjs";
import { toByte } from "./warp.mjs";

/** Writes demo.mp4 and demo.truth.json into `dir`. */
export async function renderClip(faces, dir, log) {
  const encoder = startEncoder(join(dir, "demo.mp4"));
  const scene = { faces, mask: headMask(faces.points), paintBackdrop: createBackdrop() };
  const frames = [];
  for (let frame = 0; frame < clip.frames; frame++) {
    if (frame % 100 === 0) log(`frame ${frame}/${clip.frames}`);
    const { pixels, truth } = renderFrame(scene, frame);
    frames.push({ index: frame, ptsMs: (frame * 1000) / clip.fps, faces: truth });
    if (!encoder.stdin.write(pixels)) await once(encoder.stdin, "drain");
  }
  encoder.stdin.end();
  const [code] = await encoder.ended;
  if (code !== 0) throw new Error(`Expected FFmpeg to exit with 0, received ${code}`);
  const head = { v: 1, file: "demo.mp4", width: clip.width, height: clip.height, fps: clip.fps, emotions: emotionNames };
  const lines = frames.map((frame) => JSON.stringify(frame)).join(",\n");
  await writeFile(join(dir, "demo.truth.json"), `${JSON.stringify(head).slice(0, -1)},"frames":[\n${lines}\n]}\n`);
}

/** One frame as RGB bytes, and the truth of the faces in it. */
export function renderFrame({ faces, mask, paintBackdrop }, frame) {
  const target = { data: paintBackdrop(frame), width: clip.width, height: clip.height };
  const drawn = cast.toSorted((a, b) => a.layer - b.layer).map((actor) => {
    const weights = moodAt(actor, frame);
    const pose = poseAt(actor, frame);
    return { actor, weights, pose, ...paintPerson(target, faces, mask, actor.character, weights, pose) };
  });
  const truth = drawn
    .map((face, i) => describe(face, drawn.slice(i + 1)))
    .filter((face) => face.visible > 0)
    .toSorted((a, b) => a.id - b.id);
  return { pixels: Uint8Array.from(target.data, toByte), truth };
}

function describe({ actor, weights, box, landmarks }, inFront) {
  const emotions = Object.fromEntries(emotionNames.map((name) => [name, round(weights[name] ?? 0, 3)]));
  const dominant = emotionNames.reduce((best, name) => (emotions[name] > emotions[best] ? name : best));
  const rounded = Object.fromEntries(Object.entries(box).map(([key, value]) => [key, round(value, 1)]));
  return { id: actor.id, box: rounded, landmarks: landmarks.map((p) => p.map((v) => round(v, 1))), emotions, dominant, visible: round(visibleShare(box, inFront), 2) };
}

/** Share of the box that lies in the picture and behind nobody (counted on a grid of 24 x 24 points). */
function visibleShare(box, inFront) {
  let seen = 0;
  const steps = 24;
  for (let j = 0; j < steps; j++) {
    for (let i = 0; i < steps; i++) {
      const x = box.x + ((i + 0.5) * box.width) / steps;
      const y = box.y + ((j + 0.5) * box.height) / steps;
      if (x < 0 || y < 0 || x >= clip.width || y >= clip.height) continue;
      if (!inFront.some((other) => bodyHides(looks[other.actor.character], other.pose, x, y))) seen++;
    }
  }
  return seen / steps ** 2;
}

function round(value, digits) {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

/** H.264 in the most widely played form; bit-exact and single-threaded, so that the same pictures give the same file. */
function startEncoder(file) {
  const args = [
    "-v", "error", "-y", "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", `${clip.width}x${clip.height}`, "-framerate", String(clip.fps), "-i", "pipe:0",
    "-vf", "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd", "-pix_fmt", "yuv420p", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
    "-c:v", "libx264", "-preset", "slow", "-crf", "22", "-g", String(2 * clip.fps), "-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1",
    "-movflags", "+faststart", file,
  ];
  const child = spawn("ffmpeg", args, { stdio: ["pipe", "inherit", "inherit"] });
  return { stdin: child.stdin, ended: once(child, "close") };
}
