// The services that a server may get, without models and FFmpeg.

import { AppError } from "../../../../src/core/errors.js";
import type { AnalysisViews } from "../../../../src/server/analysis-views.js";
import type { AnalysisInfo, AnalysisService, CreateAnalysis, Prediction, PredictService } from "../../../../src/server/index.js";

/** Remembers what it was asked for; its results lie in a folder. */
export class FakeAnalyses implements AnalysisService {
  readonly created: CreateAnalysis[] = [];
  readonly removed: string[] = [];
  #infos: AnalysisInfo[] = [];
  failWith: AppError | undefined;
  resultPath = "";
  readonly views: AnalysisViews = {
    summary: (id) => this.#nothing(id),
    curves: (id) => this.#nothing(id),
    episodes: (id) => this.#nothing(id),
    frames: (id) => this.#nothing(id),
    setSubjects: (id) => this.#nothing(id),
    subjectsCsv: (id) => this.#nothing(id),
    source: (id) => this.#nothing(id),
  };

  create(request: CreateAnalysis): Promise<AnalysisInfo> {
    if (this.failWith) return Promise.reject(this.failWith);
    this.created.push(request);
    const info: AnalysisInfo = { id: `job-${this.created.length}`, name: request.name, state: "queued", progress: 0, frames: 0, formats: [...request.formats], results: [], createdAt: "2026-01-01T00:00:00.000Z" };
    this.#infos.unshift(info);
    return Promise.resolve(info);
  }
  list(): readonly AnalysisInfo[] {
    return this.#infos;
  }
  get(id: string): AnalysisInfo {
    const found = this.#infos.find((info) => info.id === id);
    if (!found) throw new AppError("analysis_not_found", `No analysis ${id}.`);
    return found;
  }
  cancel(id: string): Promise<AnalysisInfo> {
    const info: AnalysisInfo = { ...this.get(id), state: "cancelled", reason: { code: "cancelled", message: "Stopped on request." }, etaMs: 0 };
    this.#infos = this.#infos.map((old) => (old.id === id ? info : old));
    return Promise.resolve(info);
  }
  remove(id: string): Promise<void> {
    this.removed.push(this.get(id).id);
    return Promise.resolve();
  }
  #nothing(id: string): Promise<never> {
    return Promise.reject(new AppError("result_not_ready", `Analysis ${id} has nothing to look at.`));
  }
  result(id: string, file: string): Promise<{ path: string; contentType: string }> {
    this.get(id);
    if (file !== "faces.csv") return Promise.reject(new AppError("result_not_ready", `No ${file} yet.`));
    return Promise.resolve({ path: this.resultPath, contentType: "text/csv; charset=utf-8" });
  }
}

/** Finds no face in anything. */
export class FakePredict implements PredictService {
  predict(): Promise<Prediction> {
    return Promise.resolve({ width: 4, height: 3, faces: [] });
  }
  draw(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array([0x89, 0x50]));
  }
}
