// Files through the whole pipeline (FFmpeg, pool, engine, tracking), for benchmarks.
import { silentLogger } from "../dist/core/logger.js";
import { createFfmpegSource } from "../dist/ingest/index.js";
import { runFile } from "../dist/pipeline/index.js";

const logger = silentLogger();

/** Opens files as the product does. */
export const openSource = createFfmpegSource({ ffmpeg: "ffmpeg", ffprobe: "ffprobe", maxPixels: 2 ** 26, logger });

/**
 * One file to its end; `onResult` sees each. Resolves with frames and faces, and with the milliseconds of each frame after the first: time before the first result is
 * start-up of FFmpeg, not cost of a frame.
 */
export async function passOver(file, engine, analysis, onResult = () => {}) {
  let [frames, faces, startedMs, lastMs] = [0, 0, 0, 0];
  const run = runFile({ url: file, analysis, openTimeoutMs: 10_000 }, { openSource, engine, logger });
  await run.result$.forEach((result) => {
    lastMs = performance.now();
    startedMs ||= lastMs;
    frames += 1;
    faces += result.faces.length;
    onResult(result);
  });
  await run.closed;
  return { frames, faces, msPerFrame: (lastMs - startedMs) / (frames - 1) };
}
