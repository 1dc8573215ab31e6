// Views of finished analyses for the server: finds the folder, remembers a few summaries, leaves the reading to `views/`.

import { join } from "node:path";
import { AppError } from "../../core/errors.js";
import type { AnalysisViews } from "../../server/analysis-views.js";
import { filmType } from "../views/film-type.js";
import { episodesOf, readCurves, readFrames, readView, summaryOf } from "../views/read-view.js";
import { csvWithSubjects, readSubjects, writeSubjects } from "../views/subjects.js";
import type { View } from "../views/view-files.js";
import type { AnalysisRecord } from "./analysis-record.js";

/** Summaries that stay in memory, so that turning pages does not read them again. */
const remembered = 4;

/** Where an analysis is. */
export interface FoundAnalysis {
  readonly record: AnalysisRecord;
  readonly folder: string;
}

export interface AnalysisViewsOptions {
  /** @throws AppError `analysis_not_found` */
  readonly find: (id: string) => FoundAnalysis;
  /** Runs what writes into an analysis' folder; who removes the analysis waits for it. @throws AppError `analysis_not_found` */
  readonly write: (id: string, work: () => Promise<void>) => Promise<void>;
  /** Whether a film may still be read. @throws AppError `outside_media_root`, `not_found` */
  readonly checkFilm: (record: AnalysisRecord) => Promise<void>;
}

/** Views over the analyses that `find` knows. */
export function createAnalysisViews({ find, write, checkFilm }: AnalysisViewsOptions): AnalysisViews {
  const views = new Map<string, View>();
  const open = async (id: string): Promise<FoundAnalysis & { readonly view: View }> => {
    const found = find(id);
    const { state, results } = found.record;
    if (state !== "done" && results.length === 0) throw new AppError("result_not_ready", `Expected an analysis that is done; this one is ${state}.`);
    const view = views.get(found.folder) ?? (await readView(found.folder));
    views.delete(found.folder);
    views.set(found.folder, view);
    for (const key of [...views.keys()].slice(0, -remembered)) views.delete(key);
    return { ...found, view };
  };
  return {
    async summary(id) {
      const { folder, view } = await open(id);
      return { ...summaryOf(view), subjects: [...(await readSubjects(folder))] };
    },
    async curves(id, { from, to, points, tracks }) {
      const { folder, view } = await open(id);
      return readCurves(folder, view, { fromMs: from, toMs: to, points, ...(tracks && { tracks }) });
    },
    async episodes(id, { tracks, emotions, offset, limit }) {
      const { view } = await open(id);
      return episodesOf(view, { offset, limit, ...(tracks && { tracks }), ...(emotions && { emotions }) });
    },
    async frames(id, { from, to }) {
      const { folder } = await open(id);
      return readFrames(folder, from, to);
    },
    async setSubjects(id, subjects) {
      const { folder, view } = await open(id);
      await write(id, () => writeSubjects(folder, subjects, new Set(view.tracks.map((t) => t.trackId))));
      return subjects;
    },
    async subjectsCsv(id) {
      const { folder, record } = await open(id);
      const csv = record.results.find((r) => r.file.endsWith(".csv"));
      if (csv === undefined) throw new AppError("result_not_ready", "Expected an analysis with the format csv; this one was asked for others.");
      return { name: csv.file.replace(/\.csv$/, ".subjects.csv"), text: csvWithSubjects(join(folder, csv.file), await readSubjects(folder)) };
    },
    async source(id) {
      const { record } = find(id);
      await checkFilm(record);
      return { path: record.path, contentType: await filmType(record.path) };
    },
  };
}
