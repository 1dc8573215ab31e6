// What the server asks of the file analysis and of single predictions. `src/offline` implements both; the composition root
// passes them in, so the server knows neither models nor FFmpeg.

import { z } from "zod";
import type { AnalysisViews } from "./analysis-views.js";
import type { AnalysisOverride } from "./schemas.js";
import { errorCodes, type ErrorCode } from "../core/errors.js";
import { emotionNames, type Emotion } from "../core/emotions.js";
import { faceSchema } from "../core/feed.js";
import type { Prior } from "../core/prior.js";
import { resultFormats, type ResultFormat } from "../core/result-formats.js";

const codes = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]];

export const resultFormatSchema = z.enum(resultFormats).describe("jsonl: feed messages; csv: a row for every face; parquet: the same with types; vtt: subtitles; episodes: subtitles, one for each episode; eaf: annotations for ELAN; mp4: annotated video; png: timeline picture.");
export type { ResultFormat };

export const analysisIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, "expected 1 to 64 letters, digits, - and _")
  .describe("Analysis id, given by the server.");

/** A result's file name within its analysis. No folders, no leading dot. */
export const resultFileSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, "expected a file name of letters, digits, ., - and _")
  .describe("File name of a result.");

export const analysisStates = ["queued", "running", "done", "failed", "cancelled"] as const;

export const analysisInfoSchema = z
  .object({
    id: analysisIdSchema,
    name: z.string(),
    state: z.enum(analysisStates),
    position: z.int().min(1).optional().describe("Place in the queue while it waits; 1: the next to run."),
    progress: z.number().min(0).max(1),
    etaMs: z.number().min(0).optional().describe("Estimated time until it is done, milliseconds. Absent while unknown."),
    frames: z.int().min(0).describe("Frames analysed so far."),
    formats: z.array(resultFormatSchema).describe("Results that were asked for."),
    reason: z.object({ code: z.enum(codes), message: z.string() }).optional().describe("Why it failed or was cancelled."),
    results: z.array(z.object({ file: resultFileSchema, contentType: z.string(), bytes: z.int().min(0) })).describe("Files that can be fetched now."),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().optional(),
    expiresAt: z.iso.datetime().optional().describe("When it is removed by itself (server.analysisMaxAgeHours)."),
  })
  .describe("One analysis of a file.");

/** One analysis, as the REST interface shows it. */
export type AnalysisInfo = z.infer<typeof analysisInfoSchema>;

/** What to analyse. */
export interface CreateAnalysis {
  /** Absolute path of a readable file. */
  readonly path: string;
  /** For people: the file's name, or what the client called it. */
  readonly name: string;
  /** Differences from the server's analysis settings. */
  readonly settings: AnalysisOverride;
  readonly formats: readonly ResultFormat[];
  /** True for uploads: the service owns the file from the moment `create` resolves, and deletes it with the analysis. */
  readonly deleteFileWhenRemoved: boolean;
}

/** Runs analyses of files one after another and keeps their results. */
export interface AnalysisService {
  /** @throws AppError `too_many`, `shutting_down`, `disk_full`, `write_failed` */
  create(request: CreateAnalysis): Promise<AnalysisInfo>;
  /** Newest first. */
  list(): readonly AnalysisInfo[];
  /** @throws AppError `analysis_not_found` */
  get(id: string): AnalysisInfo;
  /** Stops it; no result is kept. @throws AppError `analysis_not_found`, `conflict` when it is over already */
  cancel(id: string): Promise<AnalysisInfo>;
  /** Cancels it if need be and deletes its files. @throws AppError `analysis_not_found` */
  remove(id: string): Promise<void>;
  /** Absolute path of a finished result. @throws AppError `analysis_not_found`, `result_not_ready` */
  result(id: string, file: string): Promise<{ readonly path: string; readonly contentType: string }>;
  /** What a results page looks at. */
  readonly views: AnalysisViews;
}

const truthSchema = z
  .object({ label: z.enum(emotionNames), predicted: z.enum(emotionNames).optional().describe("Absent: no face."), correct: z.boolean() })
  .describe("What the request said the picture shows, beside the label of its largest face.");

export const predictionSchema = z
  .object({ width: z.int().min(1), height: z.int().min(1), faces: z.array(faceSchema), truth: truthSchema.optional() })
  .describe("Faces of one picture; width and height after EXIF rotation. `trackId` counts the faces, `smoothed` equals `emotions`.");

/** Faces of one picture. */
export type Prediction = z.infer<typeof predictionSchema>;

export interface PredictOptions {
  /** Equalise the histogram of each face before it is classified. */
  readonly equalize: boolean;
  /** Absent: as the server is configured. */
  readonly prior?: Prior;
  /** What the picture shows: the answer says whether the largest face was named so. */
  readonly truth?: Emotion;
}

/** Finds faces in single pictures (JPEG, PNG, WebP, AVIF, GIF, TIFF). */
export interface PredictService {
  /** @throws AppError `invalid_picture`, `picture_too_large`, `engine_failed`, `invalid_request` for a prior or equalisation that the engine cannot do */
  predict(bytes: Uint8Array, options: PredictOptions): Promise<Prediction>;
  /** The picture with boxes and emotions drawn on it, as PNG. @throws AppError as `predict` */
  draw(bytes: Uint8Array, options: PredictOptions): Promise<Uint8Array>;
}
