// One analysis in memory, and what is told of it.

import { randomBytes } from "node:crypto";
import type { AppError } from "../../core/errors.js";
import type { ResultFormat } from "../../core/result-formats.js";
import type { AnalysisInfo } from "../../server/services.js";
import type { AnalysisProgress } from "../progress.js";
import type { AnalysisRecord } from "./analysis-record.js";

export interface Job {
  record: AnalysisRecord;
  progress?: AnalysisProgress;
  /** Set while it runs. */
  running?: { readonly abort: AbortController; readonly over: Promise<void> };
  /** All writing into its folder so far. Never rejects. */
  writing?: Promise<unknown>;
}

/** What each kind of result is sent as. */
export const contentTypes: Readonly<Record<ResultFormat, string>> = {
  jsonl: "application/x-ndjson",
  csv: "text/csv; charset=utf-8",
  parquet: "application/vnd.apache.parquet",
  vtt: "text/vtt; charset=utf-8",
  episodes: "text/vtt; charset=utf-8",
  eaf: "application/xml; charset=utf-8",
  mp4: "video/mp4",
  png: "image/png",
};

/** Waits or runs. */
export function isPending({ record }: Job): boolean {
  return record.state === "queued" || record.state === "running";
}

/** When an analysis was over; of records of earlier versions when it was made. Milliseconds since 1970. */
export function overAtMs({ record }: Job): number {
  return Date.parse(record.finishedAt ?? record.createdAt);
}

/** @param position 1: the next to run; of those that wait. @param maxAgeMs 0: kept for ever */
export function infoOf(job: Job, position: number | undefined, maxAgeMs: number): AnalysisInfo {
  const { id, name, state, frames, reason, results, createdAt, finishedAt, formats } = job.record;
  const running = state === "running";
  return {
    id,
    name,
    state,
    ...(state === "queued" && position !== undefined && { position }),
    progress: state === "done" ? 1 : running ? Math.min(1, job.progress?.fraction ?? 0) : 0,
    ...(running && job.progress?.etaMs !== undefined && { etaMs: Math.round(job.progress.etaMs) }),
    frames,
    formats: [...formats],
    ...(reason !== undefined && { reason }),
    results: [...results],
    createdAt,
    ...(finishedAt !== undefined && { finishedAt }),
    ...(maxAgeMs > 0 && !isPending(job) && { expiresAt: new Date(overAtMs(job) + maxAgeMs).toISOString() }),
  };
}

/** What is kept of a failure. */
export function reasonOf({ code, message }: AppError): { code: AppError["code"]; message: string } {
  return { code, message };
}

/** An id that nobody guesses and no two analyses share. */
export function newId(): string {
  return `a${randomBytes(8).toString("hex")}`;
}

/** A file name for results out of what a client called its video. */
export function baseNameOf(name: string): string {
  const stem = name.replace(/\.[^.]*$/, "").replaceAll(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  return stem.slice(0, 60) || "results";
}
