// The annotated video: the file is decoded a second time at its own size, every frame gets the marks of the result with the same
// seq, and FFmpeg encodes it. Memory holds a few frames, whatever the length.

import type { Frame } from "../../core/frame.js";
import { rgbOf } from "../../core/planar.js";
import type { OpenSource, SourceOptions } from "../../core/source.js";
import { AppError } from "../../core/errors.js";
import { MediaClock } from "../media-time.js";
import { canvasFor, canvasSize } from "./canvas.js";
import { FrameQueue } from "./frame-queue.js";
import { layoutFaces, type AnnotatedFace, type LayoutMemory } from "./layout.js";
import { drawMark, type Canvas } from "./raster.js";
import { TextMasks } from "./text-masks.js";
import { knowsFpsMode, VideoEncoder, type EncoderOptions } from "./video-encoder.js";

/** What is drawn on one frame; boxes in source pixels. */
export interface FrameMarks {
  readonly seq: number;
  readonly faces: readonly AnnotatedFace[];
}

export interface AnnotateOptions {
  readonly ffmpeg: string;
  readonly openSource: OpenSource;
  /** How the analysis opened the file, at the size to draw on. */
  readonly source: SourceOptions;
  /** The container's start time. Milliseconds. */
  readonly startMs: number;
  readonly audioCodec?: string;
  readonly output: string;
  /** Frames of the analysis; the video gets exactly as many. */
  readonly frames: number;
  /** Results in order of seq. */
  readonly marks: AsyncIterator<FrameMarks>;
  readonly signal?: AbortSignal;
  readonly onFrame: (drawn: number) => void;
}

/**
 * Writes the annotated video, frame for frame that of the analysis.
 * @throws AppError `cancelled`, `disk_full`, `ffmpeg_failed`, `ffmpeg_missing`, or the source's error when it gives fewer frames than before
 */
export async function annotateVideo(options: AnnotateOptions): Promise<void> {
  const fpsMode = await knowsFpsMode(options.ffmpeg);
  const queue = new FrameQueue(options.openSource, options.source);
  const clock = new MediaClock(options.startMs);
  const masks = new TextMasks();
  const memory: LayoutMemory = new Map();
  let encoder: VideoEncoder | undefined;
  let size = { width: 0, height: 0 };
  let shiftMs: number | undefined;
  let drawn = 0;
  let marks: FrameMarks | undefined;
  // Cancelling closes the source, which ends the wait for the next frame.
  const onAbort = () => void queue.close();
  options.signal?.addEventListener("abort", onAbort, { once: true });
  try {
    for (let frame = await queue.next(); frame !== undefined; frame = await queue.next()) {
      try {
        throwIfAborted(options.signal);
        const timeMs = clock.next(frame);
        // A frame before the container's start would have a negative time, which Matroska cannot hold.
        shiftMs ??= Math.max(0, -timeMs);
        while (marks === undefined || marks.seq < frame.seq) {
          const next = await options.marks.next();
          if (next.done === true) break;
          marks = next.value;
        }
        const canvas = await drawFrame(frame, marks?.seq === frame.seq ? marks.faces : [], masks, memory);
        if (encoder === undefined) {
          size = { width: canvas.width, height: canvas.height };
          encoder = await VideoEncoder.open({ ffmpeg: options.ffmpeg, fpsMode, ...size, output: options.output, ...audioOf(options, shiftMs) });
        }
        await encoder.frame(timeMs + shiftMs, canvas.data);
      } finally {
        frame.release();
      }
      drawn += 1;
      options.onFrame(drawn);
      // A file that grows gives more; what was not analysed is not drawn.
      if (drawn === options.frames) break;
    }
    throwIfAborted(options.signal);
    if (encoder === undefined || drawn < options.frames) throw queue.error ?? new AppError("source_lost", `Expected ${options.frames} frames to draw on, received ${drawn}: the file has changed.`);
    await encoder.finish();
  } catch (error) {
    await encoder?.kill();
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", onAbort);
    await queue.close();
  }
}

/** Draws one frame's faces. The pixels may be the frame's own. */
async function drawFrame(frame: Frame, faces: readonly AnnotatedFace[], masks: TextMasks, memory: LayoutMemory): Promise<Canvas> {
  const canvas = canvasFor(rgbOf(frame.picture));
  // Even sizes may add a line that the source does not have: scale by the picture, not by the canvas.
  const shown = canvasSize(frame.picture.width, frame.picture.height);
  const factor = Math.floor(shown.width / frame.picture.width) * (frame.picture.width / frame.sourceWidth);
  const factorY = Math.floor(shown.height / frame.picture.height) * (frame.picture.height / frame.sourceHeight);
  const scaled = faces.map((f) => ({ ...f, box: { x: f.box.x * factor, y: f.box.y * factorY, width: f.box.width * factor, height: f.box.height * factorY } }));
  const marks = layoutFaces(scaled, canvas.width, canvas.height, memory);
  await masks.prepare(marks);
  for (const mark of marks) drawMark(canvas, mark, masks.get(mark));
  return canvas;
}

function audioOf(options: AnnotateOptions, shiftMs: number): Pick<EncoderOptions, "audio"> {
  return options.audioCodec === undefined ? {} : { audio: { input: options.source.url, codec: options.audioCodec, zeroMs: options.startMs - shiftMs } };
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AppError("cancelled", "The analysis was cancelled.");
}
