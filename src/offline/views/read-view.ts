// Answers for a results page out of an analysis' folder. Each costs a bounded read, however long the film is.

import { readFile } from "node:fs/promises";
import { emotionNames } from "../../core/emotions.js";
import { roundProbability, roundPtsMs } from "../../core/round.js";
import type { AnalysisCurves, AnalysisEpisodes, AnalysisFrames, AnalysisSummary } from "../../server/analysis-views.js";
import { addTo, bucketFor, bucketOf, curveLayout, levelsMs, readCurve, type Bucket } from "./curve-level.js";
import { faceLayout, readFace } from "./face-record.js";
import { readRange, viewError } from "./sorted-file.js";
import { curvesPath, facesPath, viewPath, viewSchema, type View } from "./view-files.js";

/** Shortest stretch of an answer; others are this, doubled some times. Milliseconds. */
const shortestMs = 25;
/** Most points (stretch times track) of one answer. */
const maxPoints = 32_000;
/** Most records that one answer is made from: 20 MB of faces. */
const maxRecords = 400_000;
/** Most faces of one answer of frames. */
const maxFaces = 20_000;
const maxTracks = 1000;
/** Most episodes beside curves; the longest stay. */
const maxEpisodes = 400;

export interface CurvesQuery {
  readonly fromMs: number;
  readonly toMs: number;
  readonly points: number;
  /** Absent: all. */
  readonly tracks?: ReadonlySet<number>;
}

/** Reads a summary. @throws AppError `result_not_ready` where an earlier version wrote none */
export async function readView(folder: string): Promise<View> {
  try {
    return viewSchema.parse(JSON.parse(await readFile(viewPath(folder), "utf8")));
  } catch (error) {
    throw viewError(error);
  }
}

/** The summary as it is sent. */
export function summaryOf({ durationMs, frames, width, height, tracks, episodes }: View): Omit<AnalysisSummary, "subjects"> {
  return {
    durationMs: roundPtsMs(durationMs),
    frames,
    width,
    height,
    trackCount: tracks.length,
    episodeCount: episodes.length,
    tracks: tracks.slice(0, maxTracks).map((track) => {
      const top = track.sums.indexOf(Math.max(...track.sums));
      return { trackId: track.trackId, frames: track.frames, firstMs: roundPtsMs(track.firstMs), lastMs: roundPtsMs(track.lastMs), label: emotionNames[top] ?? "neutral", mean: roundProbability((track.sums[top] ?? 0) / track.frames) };
    }),
  };
}

/** Episodes by start, a page of them. */
export function episodesOf(view: View, { tracks, emotions, offset, limit }: { readonly tracks?: ReadonlySet<number>; readonly emotions?: ReadonlySet<string>; readonly offset: number; readonly limit: number }): AnalysisEpisodes {
  const chosen = view.episodes.filter((e) => (tracks?.has(e.trackId) ?? true) && (emotions?.has(e.emotion) ?? true));
  return { total: chosen.length, offset, episodes: chosen.slice(offset, offset + limit).map(shownEpisode) };
}

/**
 * Curves over a range, in stretches of 25 ms doubled as often as `points` (and the number of tracks) asks for.
 * @throws AppError `result_not_ready`
 */
export async function readCurves(folder: string, view: View, { fromMs, toMs, points, tracks }: CurvesQuery): Promise<AnalysisCurves> {
  const there = view.tracks.filter((t) => t.firstMs < toMs && t.lastMs >= fromMs && (tracks?.has(t.trackId) ?? true));
  const bucketMs = bucketLength(toMs - fromMs, Math.min(points, Math.max(1, Math.floor(maxPoints / Math.max(1, there.length)))));
  const level = levelsMs.findLast((ms) => ms <= bucketMs);
  const [first, end] = [bucketOf(fromMs, bucketMs), Math.ceil(toMs / bucketMs)];
  const buckets = new Map<number, Map<number, Bucket>>();
  const bucket = (trackId: number, number: number) => {
    const ofTrack = buckets.get(trackId) ?? new Map<number, Bucket>();
    buckets.set(trackId, ofTrack);
    return bucketFor(ofTrack, number);
  };
  if (level === undefined) {
    for (const record of await readRange(faceLayout, facesPath(folder), first * bucketMs, end * bucketMs, maxRecords)) {
      const { face, timeMs } = readFace(record);
      if (face === undefined || tracks?.has(face.trackId) === false) continue;
      const values = emotionNames.map((name) => face.smoothed[name]);
      addTo(bucket(face.trackId, bucketOf(timeMs, bucketMs)), 1, values, values, values);
    }
  } else {
    const ratio = bucketMs / level;
    for (const record of await readRange(curveLayout, curvesPath(folder, level), first * ratio, end * ratio, maxRecords)) {
      const { trackId, frames, means, least, greatest, bucket: number } = readCurve(record);
      if (tracks?.has(trackId) === false) continue;
      addTo(bucket(trackId, Math.floor(number / ratio)), frames, means, least, greatest);
    }
  }
  const inRange = view.episodes.filter((e) => e.startMs < toMs && e.endMs >= fromMs && (tracks?.has(e.trackId) ?? true));
  const longest = inRange.length <= maxEpisodes ? inRange : inRange.toSorted((a, b) => b.endMs - b.startMs - (a.endMs - a.startMs)).slice(0, maxEpisodes);
  return {
    fromMs: first * bucketMs,
    toMs: end * bucketMs,
    bucketMs,
    tracks: [...buckets].toSorted((a, b) => a[0] - b[0]).map(([trackId, ofTrack]) => ({ trackId, points: [...ofTrack].toSorted((a, b) => a[0] - b[0]).map(([number, b]) => point(number * bucketMs, b)) })),
    episodes: longest.toSorted((a, b) => a.startMs - b.startMs || a.episodeId - b.episodeId).map(shownEpisode),
    episodesLeftOut: inRange.length - longest.length,
  };
}

/**
 * Every frame of a few seconds with its faces. Stops before `toMs` when there are very many; `toMs` of the answer says where.
 * @throws AppError `result_not_ready`
 */
export async function readFrames(folder: string, fromMs: number, toMs: number): Promise<AnalysisFrames> {
  const records = await readRange(faceLayout, facesPath(folder), fromMs, toMs, maxFaces);
  const frames: AnalysisFrames["frames"] = [];
  for (const record of records) {
    const { face, ...frame } = readFace(record);
    if (frames.at(-1)?.seq !== frame.seq) frames.push({ ...frame, faces: [] });
    if (face !== undefined) frames.at(-1)?.faces.push(face);
  }
  if (records.length < maxFaces) return { fromMs, toMs, frames };
  // The last frame may have more faces than were read.
  const last = frames.pop();
  return { fromMs, toMs: last?.timeMs ?? toMs, frames };
}

/** The shortest length of the ladder that gives at most so many stretches. */
function bucketLength(spanMs: number, points: number): number {
  let lengthMs = shortestMs;
  while (spanMs / lengthMs > points) lengthMs *= 2;
  return lengthMs;
}

function point(timeMs: number, { frames, sums, least, greatest }: Bucket): AnalysisCurves["tracks"][number]["points"][number] {
  return { timeMs, frames, mean: sums.map((s) => short(s / frames)), min: least.map(short), max: greatest.map(short) };
}

/** Three decimals are finer than a pixel of any curve. */
function short(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function shownEpisode(e: View["episodes"][number]): AnalysisEpisodes["episodes"][number] {
  return { ...e, startMs: roundPtsMs(e.startMs), endMs: roundPtsMs(e.endMs), peakMs: roundPtsMs(e.peakMs) };
}
