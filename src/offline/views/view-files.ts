// What a results page looks at, written beside the results while the file is analysed: faces by time, curves at four zooms, and a summary.

import { join } from "node:path";
import { z } from "zod";
import { emotionNames } from "../../core/emotions.js";
import { EpisodeSpans } from "../formats/episode-spans.js";
import type { EpisodeRecord, FrameRecord, ResultWriter } from "../formats/types.js";
import { OutputFile } from "../output-file.js";
import { CurveLevel, curveLayout, levelsMs } from "./curve-level.js";
import { faceLayout, writeFace } from "./face-record.js";
import { RecordBuffer } from "./sorted-file.js";

const time = z.number();

/** `view.json`: all that grows with people and episodes, but not with the length of the film. */
export const viewSchema = z.object({
  version: z.literal(1),
  durationMs: time,
  frames: z.int(),
  width: z.int(),
  height: z.int(),
  /** Longest-seen first; `sums` over all its frames, in the order of the feed. */
  tracks: z.array(z.object({ trackId: z.int(), frames: z.int(), firstMs: time, lastMs: time, sums: z.array(z.number()) })),
  /** By start. */
  episodes: z.array(z.object({ episodeId: z.int(), trackId: z.int(), emotion: z.enum(emotionNames), startMs: time, endMs: time, peakMs: time, peak: z.number() })),
});
export type View = z.infer<typeof viewSchema>;
type Track = View["tracks"][number];

/** Path of the summary in an analysis' folder. */
export const viewPath = (folder: string): string => join(folder, "view.json");
/** Path of the faces. */
export const facesPath = (folder: string): string => join(folder, "view-faces.bin");
/** Path of the curves of one level. */
export const curvesPath = (folder: string, levelMs: number): string => join(folder, `view-curves-${levelMs}.bin`);

/** Opens the files; the caller completes, publishes or discards `outputs` together with its other results. */
export function createViewWriter(folder: string): { readonly writer: ResultWriter; readonly outputs: readonly OutputFile[] } {
  const summary = new OutputFile(viewPath(folder));
  const faces = new OutputFile(facesPath(folder));
  const faceRecords = new RecordBuffer(faceLayout.size, (bytes) => faces.append(bytes));
  const levels = levelsMs.map((ms) => {
    const output = new OutputFile(curvesPath(folder, ms));
    const records = new RecordBuffer(curveLayout.size, (bytes) => output.append(bytes));
    return { output, records, level: new CurveLevel(ms, (fill) => records.add(fill)) };
  });
  const view = new ViewCollector();
  const writer: ResultWriter = {
    episode(record) {
      view.episode(record);
      return Promise.resolve();
    },
    async frame(record) {
      view.frame(record);
      if (record.faces.length === 0) await faceRecords.add((r) => writeFace(r, record, undefined));
      for (const face of record.faces) await faceRecords.add((r) => writeFace(r, record, face));
      const values = record.faces.map(({ trackId, smoothed }) => ({ trackId, values: emotionNames.map((name) => smoothed[name]) }));
      for (const { level } of levels) await level.add(record.timeMs, values);
    },
    async finish() {
      await faceRecords.flush();
      for (const { level, records } of levels) {
        await level.finish();
        await records.flush();
      }
      // A film without a face has empty files, not none.
      for (const output of [faces, ...levels.map((l) => l.output)]) await output.append(new Uint8Array());
      await summary.write(`${JSON.stringify(view.view)}\n`);
    },
  };
  return { writer, outputs: [summary, faces, ...levels.map((l) => l.output)] };
}

class ViewCollector {
  readonly #tracks = new Map<number, Track>();
  readonly #episodes = new EpisodeSpans();
  #frames = 0;
  #lastMs = 0;
  #frameMs = 0;
  #size = { width: 0, height: 0 };

  frame({ timeMs, faces, width, height }: FrameRecord): void {
    if (this.#frames === 0) this.#size = { width, height };
    else this.#frameMs = timeMs - this.#lastMs;
    this.#frames += 1;
    this.#lastMs = timeMs;
    for (const { trackId, smoothed } of faces) {
      const track = this.#tracks.get(trackId) ?? { trackId, frames: 0, firstMs: timeMs, lastMs: timeMs, sums: emotionNames.map(() => 0) };
      this.#tracks.set(trackId, track);
      track.frames += 1;
      track.lastMs = timeMs;
      for (const [i, name] of emotionNames.entries()) track.sums[i] = (track.sums[i] ?? 0) + smoothed[name];
    }
  }

  episode(record: EpisodeRecord): void {
    this.#episodes.add(record);
  }

  get view(): View {
    const tracks = [...this.#tracks.values()].toSorted((a, b) => b.frames - a.frames || a.trackId - b.trackId);
    // The last frame is seen for as long as the one before it.
    return { version: 1, durationMs: Math.max(0, this.#lastMs + this.#frameMs), frames: this.#frames, ...this.#size, tracks, episodes: [...this.#episodes.spans] };
  }
}
