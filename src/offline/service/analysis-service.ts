// Analyses for the server: a queue of which one runs at a time, a folder for each, and a memory that survives a restart.

import { mkdir, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { AnalysisSettings, Config } from "../../core/config.js";
import type { Engine } from "../../core/engine.js";
import { AppError, toAppError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import { dropsUploads, type Privacy } from "../../core/privacy.js";
import type { OpenSource } from "../../core/source.js";
import type { AnalysisViews } from "../../server/analysis-views.js";
import type { AnalysisInfo, AnalysisService, CreateAnalysis } from "../../server/services.js";
import { mergeAnalysis } from "../../server/stream-spec.js";
import { analyzeFile, type AnalyzedFile } from "../analyze-file.js";
import { writeError } from "../output-file.js";
import { baseNameOf, contentTypes, infoOf, isPending, newId, overAtMs, reasonOf, type Job } from "./analysis-info.js";
import { createAnalysisViews } from "./analysis-views.js";
import { assertInside } from "./inside-folder.js";
import { newRecord, openRecords, resultBytes, writeRecord, type AnalysisRecord } from "./analysis-record.js";

export interface AnalysisServiceOptions {
  /** A folder for each analysis is made here. Absolute. */
  readonly workDir: string;
  /** Files that clients may name lie below. Absolute. */
  readonly mediaRoot: string;
  readonly maxAnalyses: number;
  /** Finished analyses are removed after this time; 0: never. Milliseconds. */
  readonly maxAgeMs: number;
  /** What an analysis' own settings differ from. */
  readonly analysis: AnalysisSettings;
  readonly ingest: Config["ingest"];
  readonly privacy: Privacy;
  readonly engine: Engine;
  readonly openSource: OpenSource;
  readonly logger: Logger;
  readonly version: string;
  /** Milliseconds since 1970, for tests. */
  readonly now?: () => number;
}

/** How often old analyses are looked for, at most and at least. Milliseconds. */
const sweepMs = { most: 600_000, least: 1000 } as const;

/**
 * Starts the service: analyses of an earlier process are listed again, unfinished ones are queued again.
 * `close` stops the running one without calling it cancelled, so that the next process starts it anew.
 * @throws AppError `write_failed` when the work folder cannot be made
 */
export async function createAnalysisService(options: AnalysisServiceOptions): Promise<AnalysisService & { close(): Promise<void> }> {
  const workDir = resolve(options.workDir);
  await mkdir(workDir, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw writeError(error);
  });
  const service = new Service({ ...options, workDir }, await openRecords(workDir, dropsUploads(options.privacy), options.logger));
  await service.sweep();
  service.pump();
  return service;
}

class Service implements AnalysisService {
  readonly #options: AnalysisServiceOptions;
  /** Oldest first. */
  readonly #jobs = new Map<string, Job>();
  readonly views: AnalysisViews;
  readonly #now: () => number;
  readonly #sweeper: NodeJS.Timeout | undefined;
  /** Analyses that take room and are not listed yet. */
  #making = 0;
  #closing = false;

  constructor(options: AnalysisServiceOptions, records: readonly AnalysisRecord[]) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    for (const record of records) this.#jobs.set(record.id, { record });
    this.views = createAnalysisViews({
      find: (id) => ({ record: this.#job(id).record, folder: this.#folder(id) }),
      write: async (id, work) => this.#write(this.#job(id), work()),
      checkFilm: (record) => this.#checkFilm(record),
    });
    if (options.maxAgeMs > 0) this.#sweeper = setInterval(() => void this.sweep(), Math.max(sweepMs.least, Math.min(sweepMs.most, options.maxAgeMs))).unref();
  }

  /** Removes analyses that are too old. Never fails: what cannot be removed is tried again later. */
  async sweep(): Promise<void> {
    const { maxAgeMs, logger } = this.#options;
    if (maxAgeMs === 0) return;
    for (const job of this.#jobs.values()) {
      if (isPending(job) || overAtMs(job) + maxAgeMs > this.#now()) continue;
      await this.remove(job.record.id).catch((error: unknown) => logger.warn({ analysis: job.record.id, err: error }, "an old analysis could not be removed"));
    }
  }

  async create(request: CreateAnalysis): Promise<AnalysisInfo> {
    if (this.#closing) throw new AppError("shutting_down", "The server is stopping.");
    if (!request.deleteFileWhenRemoved) await assertInside(this.#options.mediaRoot, request.path);
    // Refused now and not when its turn comes.
    mergeAnalysis(this.#options.analysis, request.settings);
    await this.#makeRoom();
    const id = newId();
    const record = newRecord(id, request, this.#now());
    // Not listed before its record is written: one that is removed meanwhile would come back with it.
    this.#making++;
    try {
      await mkdir(this.#folder(id), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
        throw writeError(error);
      });
      await writeRecord(this.#folder(id), record);
    } catch (error) {
      await rm(this.#folder(id), { recursive: true, force: true });
      throw error;
    } finally {
      this.#making--;
    }
    const job: Job = { record };
    this.#jobs.set(id, job);
    this.pump();
    return this.#info(job);
  }

  list(): readonly AnalysisInfo[] {
    const waiting = this.#waiting();
    return [...this.#jobs.values()].map((job) => this.#info(job, waiting)).toReversed();
  }

  get(id: string): AnalysisInfo {
    return this.#info(this.#job(id));
  }

  async cancel(id: string): Promise<AnalysisInfo> {
    const job = this.#job(id);
    if (!isPending(job)) throw new AppError("conflict", `Expected an analysis that waits or runs; this one is ${job.record.state}.`);
    await this.#stop(job);
    return this.#info(job);
  }

  async remove(id: string): Promise<void> {
    const job = this.#job(id);
    if (isPending(job)) await this.#stop(job);
    this.#jobs.delete(id);
    // Of somebody who cancels it or names its subjects at the same time.
    await job.writing;
    await rm(this.#folder(id), { recursive: true, force: true });
    if (job.record.deleteFileWhenRemoved) await rm(job.record.path, { force: true });
  }

  result(id: string, file: string): Promise<{ readonly path: string; readonly contentType: string }> {
    const { record } = this.#job(id);
    const result = record.results.find((r) => r.file === file);
    if (result === undefined) {
      return Promise.reject(new AppError("result_not_ready", `Expected one of ${record.results.map((r) => r.file).join(", ") || "no files yet"}, received ${JSON.stringify(file)}; the analysis is ${record.state}.`));
    }
    return Promise.resolve({ path: join(this.#folder(id), result.file), contentType: result.contentType });
  }

  /** Stops what runs and waits for it; it will run again in the next process. Idempotent. */
  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#sweeper);
    for (const { running } of this.#jobs.values()) {
      running?.abort.abort();
      await running?.over;
    }
  }

  /** Starts the oldest waiting analysis, unless one runs. */
  pump(): void {
    if (this.#closing) return;
    const jobs = [...this.#jobs.values()];
    if (jobs.some((j) => j.running !== undefined)) return;
    const next = jobs.find((j) => j.record.state === "queued");
    if (next === undefined) return;
    const abort = new AbortController();
    next.running = { abort, over: this.#run(next, abort.signal) };
  }

  async #run(job: Job, signal: AbortSignal): Promise<void> {
    const folder = this.#folder(job.record.id);
    let over: AnalysisRecord;
    try {
      job.record = { ...job.record, state: "running", attempts: job.record.attempts + 1 };
      await writeRecord(folder, job.record);
      const done = await this.#analyse(job, folder, signal);
      const results = await Promise.all(done.files.map(async ({ format, path }) => ({ file: basename(path), contentType: contentTypes[format], bytes: await resultBytes(path) })));
      over = { ...job.record, state: done.error === undefined ? "done" : "failed", frames: done.frames, results, reason: done.error && reasonOf(done.error) };
    } catch (error) {
      const known = toAppError(error);
      if (!signal.aborted) this.#options.logger.warn({ analysis: job.record.id, code: known.code, detail: known.detail }, "analysis failed");
      over = { ...job.record, state: signal.aborted ? "cancelled" : "failed", reason: reasonOf(known) };
    }
    // What a closing process interrupted is not the user's wish: the next one starts it again.
    if (this.#closing && over.state === "cancelled") {
      const { reason: _, ...rest } = over;
      over = { ...rest, state: "queued", frames: 0, attempts: rest.attempts - 1 };
      await this.#save(job, over);
    } else {
      over = { ...over, finishedAt: new Date(this.#now()).toISOString() };
      await this.#save(job, over);
      await this.#dropUpload(over);
    }
    job.record = over;
    delete job.running;
    this.pump();
  }

  async #analyse(job: Job, folder: string, signal: AbortSignal): Promise<AnalyzedFile> {
    const { record } = job;
    const { analysis, ingest, privacy, engine, openSource, logger, version } = this.#options;
    // Again just before it is opened: links may have changed since.
    await this.#checkFilm(record);
    return analyzeFile({
      input: record.path,
      name: record.name,
      outDir: folder,
      baseName: baseNameOf(record.name),
      formats: record.formats,
      withView: true,
      settings: mergeAnalysis(analysis, record.settings),
      ingest,
      privacy,
      engine,
      openSource,
      logger: logger.child({ analysis: record.id }),
      version,
      signal,
      onProgress: (progress) => {
        job.progress = progress;
        if (progress.phase === "analyse") job.record = { ...job.record, frames: progress.frames };
      },
    });
  }

  async #stop(job: Job): Promise<void> {
    if (job.running !== undefined) {
      job.running.abort.abort();
      await job.running.over;
      return;
    }
    job.record = { ...job.record, state: "cancelled", reason: { code: "cancelled", message: "Cancelled before it began." }, finishedAt: new Date(this.#now()).toISOString() };
    await this.#save(job, job.record);
    await this.#dropUpload(job.record);
  }

  /** In strict privacy mode an upload goes before its analysis is told to be over. */
  async #dropUpload(record: AnalysisRecord): Promise<void> {
    if (!record.deleteFileWhenRemoved || !dropsUploads(this.#options.privacy)) return;
    await rm(record.path, { force: true }).catch((error: unknown) => this.#options.logger.error({ analysis: record.id, err: error }, "upload cannot be deleted"));
  }

  async #save(job: Job, record: AnalysisRecord): Promise<void> {
    await this.#write(job, writeRecord(this.#folder(record.id), record)).catch((error: unknown) => {
      // The state in memory stays right; after a restart the analysis would run again.
      this.#options.logger.error({ analysis: record.id, err: error }, "analysis record cannot be written");
    });
  }

  /** What is being written into an analysis' folder. */
  async #write(job: Job, writing: Promise<void>): Promise<void> {
    job.writing = Promise.allSettled([job.writing, writing]);
    await writing;
  }

  /** Removes the oldest finished analyses until one more fits. @throws AppError `too_many` */
  async #makeRoom(): Promise<void> {
    while (this.#jobs.size + this.#making >= this.#options.maxAnalyses) {
      const oldest = [...this.#jobs.values()].find((j) => !isPending(j));
      if (oldest === undefined) throw new AppError("too_many", `Expected at most ${this.#options.maxAnalyses} analyses; all of them wait or run.`);
      await this.remove(oldest.record.id);
    }
  }

  /** Files of the media root must lie there still: links may have changed. @throws AppError `not_found`, `outside_media_root` */
  async #checkFilm({ deleteFileWhenRemoved, path }: AnalysisRecord): Promise<void> {
    if (!deleteFileWhenRemoved) await assertInside(this.#options.mediaRoot, path);
  }

  #info(job: Job, waiting = this.#waiting()): AnalysisInfo {
    return infoOf(job, waiting.indexOf(job) + 1, this.#options.maxAgeMs);
  }

  /** Next to run first. */
  #waiting(): Job[] {
    return [...this.#jobs.values()].filter((j) => j.record.state === "queued");
  }

  #job(id: string): Job {
    const job = this.#jobs.get(id);
    if (job === undefined) throw new AppError("analysis_not_found", `No analysis has the id ${JSON.stringify(id)}.`);
    return job;
  }

  #folder(id: string): string {
    return join(this.#options.workDir, id);
  }
}
