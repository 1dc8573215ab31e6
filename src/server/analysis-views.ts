// What a results page asks of a finished analysis: a summary, decimated curves, episodes, the faces of a few seconds, and who is who.
// Schemas and the interface that `src/offline` implements.

import { z } from "zod";
import { emotionNames } from "../core/emotions.js";
import { faceSchema } from "../core/feed.js";

const timeMs = z.number().describe("Playing time, zero at the start of the film. Milliseconds.");
const trackId = z.int().min(1);
const scores = z.array(z.number().min(0).max(1)).length(emotionNames.length);

const episodeSchema = z.object({ episodeId: z.int(), trackId, emotion: z.enum(emotionNames), startMs: timeMs, endMs: timeMs, peakMs: timeMs, peak: z.number().min(0).max(1).describe("Largest probability, not smoothed.") });

export const subjectSchema = z.strictObject({
  // No line breaks or other control characters: names stand in CSV files.
  name: z.string().trim().min(1).max(80).regex(/^\P{Cc}*$/u, "expected no control characters"),
  trackIds: z.array(trackId).min(1).max(10_000),
});
/** A person: one or more tracks under a name. */
export type Subject = z.infer<typeof subjectSchema>;

export const subjectsSchema = z.strictObject({ subjects: z.array(subjectSchema).max(1000) }).describe("Tracks that are the same person, and what they are called. A track belongs to one of them at most.");

export const summarySchema = z
  .object({
    durationMs: z.number().min(0),
    frames: z.int().min(0),
    width: z.int().min(0),
    height: z.int().min(0),
    trackCount: z.int().min(0),
    episodeCount: z.int().min(0),
    tracks: z.array(z.object({ trackId, frames: z.int().min(1), firstMs: timeMs, lastMs: timeMs, label: z.enum(emotionNames).describe("Emotion with the highest mean."), mean: z.number().min(0).max(1) })).describe("Longest-seen first, at most 1000."),
    subjects: z.array(subjectSchema),
  })
  .describe("A finished analysis at a glance.");
export type AnalysisSummary = z.infer<typeof summarySchema>;

export const curvesSchema = z
  .object({
    fromMs: timeMs,
    toMs: timeMs,
    bucketMs: z.number().describe("Length of one point: 25 ms, doubled as often as needed."),
    tracks: z.array(
      z.object({
        trackId,
        points: z.array(z.object({ timeMs: timeMs.describe("Start of the point."), frames: z.int().min(1), mean: scores, min: scores, max: scores })).describe("Emotions in the order anger, disgust, fear, happiness, sadness, surprise, neutral, smoothed. Where the face is not seen there is no point."),
      }),
    ),
    episodes: z.array(episodeSchema).describe("Those that touch the range, by start; the longest 400 where there are more."),
    episodesLeftOut: z.int().min(0),
  })
  .describe("Curves of a range, decimated.");
export type AnalysisCurves = z.infer<typeof curvesSchema>;

export const episodesPageSchema = z.object({ total: z.int().min(0), offset: z.int().min(0), episodes: z.array(episodeSchema) }).describe("Episodes by start, a page of them.");
export type AnalysisEpisodes = z.infer<typeof episodesPageSchema>;

const { box, smoothed, label, uncertain } = faceSchema.shape;
export const framesSchema = z
  .object({
    fromMs: timeMs,
    toMs: timeMs.describe("The answer is complete up to here; earlier than asked for where there are very many faces."),
    frames: z.array(z.object({ seq: z.int().min(0), timeMs, width: z.int(), height: z.int(), faces: z.array(z.object({ trackId, box, smoothed, label, uncertain })) })),
  })
  .describe("All frames of a few seconds.");
export type AnalysisFrames = z.infer<typeof framesSchema>;

/** Longest range of one answer of frames. Milliseconds. */
export const maxFramesSpanMs = 30_000;

const from = z.coerce.number().min(0).max(1e10).describe("Start of the range, milliseconds of playing time.");
const to = z.coerce.number().min(0).max(1e10).describe("End of the range, milliseconds; larger than `from`.");
const trackList = z
  .string()
  .regex(/^\d{1,9}(?:,\d{1,9}){0,255}$/, "expected up to 256 track ids, separated by commas")
  .transform((text) => new Set(text.split(",").map(Number)))
  .optional()
  .describe("Only these tracks, separated by commas. Default: all.");
const emotionList = z
  .string()
  .transform((text) => text.split(","))
  .pipe(z.array(z.enum(emotionNames)))
  .transform((names) => new Set<string>(names))
  .optional()
  .describe("Only these emotions, separated by commas. Default: all.");

export const curvesQuerySchema = z.strictObject({ from, to, points: z.coerce.number().int().min(1).max(2000).default(500).describe("Most points of each track. Fewer come where very many tracks are in the range."), tracks: trackList });
export const framesQuerySchema = z.strictObject({ from, to: to.describe(`End of the range, milliseconds; at most ${maxFramesSpanMs} after \`from\`.`) });
export const episodesQuerySchema = z.strictObject({ tracks: trackList, emotions: emotionList, offset: z.coerce.number().int().min(0).max(1e9).default(0).describe("So many are left out at the start."), limit: z.coerce.number().int().min(1).max(500).default(100).describe("Most episodes of the answer.") });

/** Views of finished analyses. All throw AppError `analysis_not_found`, and `result_not_ready` while there is nothing to look at. */
export interface AnalysisViews {
  summary(id: string): Promise<AnalysisSummary>;
  curves(id: string, query: z.output<typeof curvesQuerySchema>): Promise<AnalysisCurves>;
  episodes(id: string, query: z.output<typeof episodesQuerySchema>): Promise<AnalysisEpisodes>;
  frames(id: string, query: z.output<typeof framesQuerySchema>): Promise<AnalysisFrames>;
  /** Replaces all subjects. @throws AppError `invalid_request` for a track that is not there or is named twice, `disk_full`, `write_failed` */
  setSubjects(id: string, subjects: readonly Subject[]): Promise<readonly Subject[]>;
  /** The CSV result with one more column, the subject. Text in pieces. */
  subjectsCsv(id: string): Promise<{ readonly name: string; readonly text: AsyncIterable<string> }>;
  /** The film itself. @throws AppError `not_found` where it is gone */
  source(id: string): Promise<{ readonly path: string; readonly contentType: string }>;
}
