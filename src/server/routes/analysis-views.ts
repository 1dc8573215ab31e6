// /v1/analyses/{id}/…: what a results page shows of one analysis, in pieces of bounded size.

import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import { z } from "zod";
import { refusePictures, type Privacy } from "../../core/privacy.js";
import { AppError } from "../../core/errors.js";
import { curvesQuerySchema, curvesSchema, episodesPageSchema, episodesQuerySchema, framesQuerySchema, framesSchema, maxFramesSpanMs, subjectsSchema, summarySchema, type AnalysisViews } from "../analysis-views.js";
import { reply, route, type Route } from "../router.js";
import { sendFile } from "../send-file.js";
import { analysisIdSchema } from "../services.js";

const params = z.strictObject({ id: analysisIdSchema });
const errors = ["analysis_not_found", "result_not_ready"] as const;

/** Routes over the views. */
export function analysisViewRoutes(views: AnalysisViews, privacy: Privacy): readonly Route[] {
  return [
    route(
      {
        method: "get",
        path: "/v1/analyses/:id/summary",
        operationId: "getAnalysisSummary",
        summary: "A finished analysis at a glance: length, tracks, subjects.",
        params,
        responses: { 200: { description: "The summary.", schema: summarySchema } },
        errors,
      },
      async (input, _req, res) => reply(res, 200, summarySchema, await views.summary(input.params.id)),
    ),
    route(
      {
        method: "get",
        path: "/v1/analyses/:id/curves",
        operationId: "getAnalysisCurves",
        summary: "Emotions over a range of time, decimated to so many points, and the episodes in it.",
        params,
        query: curvesQuerySchema,
        responses: { 200: { description: "The curves.", schema: curvesSchema } },
        errors,
      },
      async ({ query, ...input }, _req, res) => {
        checkRange(query);
        reply(res, 200, curvesSchema, await views.curves(input.params.id, query));
      },
    ),
    route(
      {
        method: "get",
        path: "/v1/analyses/:id/episodes",
        operationId: "getAnalysisEpisodes",
        summary: "Episodes by start, a page of them.",
        params,
        query: episodesQuerySchema,
        responses: { 200: { description: "Some episodes.", schema: episodesPageSchema } },
        errors,
      },
      async ({ query, ...input }, _req, res) => reply(res, 200, episodesPageSchema, await views.episodes(input.params.id, query)),
    ),
    route(
      {
        method: "get",
        path: "/v1/analyses/:id/frames",
        operationId: "getAnalysisFrames",
        summary: "Every frame of a few seconds, with its faces.",
        params,
        query: framesQuerySchema,
        responses: { 200: { description: "The frames.", schema: framesSchema } },
        errors,
      },
      async ({ query, ...input }, _req, res) => {
        checkRange(query, maxFramesSpanMs);
        reply(res, 200, framesSchema, await views.frames(input.params.id, query));
      },
    ),
    route(
      {
        method: "put",
        path: "/v1/analyses/:id/subjects",
        operationId: "setAnalysisSubjects",
        summary: "Say which tracks are the same person, and what they are called. Replaces what was said before.",
        params,
        body: subjectsSchema,
        responses: { 200: { description: "The subjects as they are now.", schema: subjectsSchema } },
        errors: [...errors, "disk_full", "write_failed"],
      },
      async ({ body, ...input }, _req, res) => reply(res, 200, subjectsSchema, { subjects: [...(await views.setSubjects(input.params.id, body.subjects))] }),
    ),
    route(
      {
        method: "get",
        path: "/v1/analyses/:id/subjects.csv",
        operationId: "getAnalysisSubjectsCsv",
        summary: "The CSV result with one more column, `subject`.",
        params,
        responses: { 200: { description: "CSV.", contentTypes: ["text/csv"] } },
        errors,
      },
      async (input, _req, res) => {
        const { name, text } = await views.subjectsCsv(input.params.id);
        res.set({ "content-type": "text/csv; charset=utf-8", "content-disposition": `attachment; filename="${name}"` });
        await pipeline(Readable.from(text), res).catch((error: NodeJS.ErrnoException) => {
          // A client that leaves in the middle is no failure of ours.
          if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
        });
      },
    ),
    route(
      {
        method: "get",
        path: "/v1/analyses/:id/source",
        operationId: "getAnalysisSource",
        summary: "The film itself, to play it beside its results. Ranges are answered.",
        params,
        responses: { 200: { description: "The film.", contentTypes: ["*/*"] }, 206: { description: "A part of the film.", contentTypes: ["*/*"] } },
        errors: ["analysis_not_found", "not_found", "outside_media_root", "no_pictures"],
      },
      async (input, _req, res) => {
        refusePictures(privacy, "The film");
        const { path, contentType } = await views.source(input.params.id);
        // What is no film that we know is stored, not shown; and no browser may think better of the type.
        const disposition = contentType.startsWith("video/") ? "inline" : "attachment";
        await sendFile(res, path, { "Content-Type": contentType, "Content-Disposition": disposition, "X-Content-Type-Options": "nosniff" });
      },
    ),
  ];
}

function checkRange({ from, to }: { readonly from: number; readonly to: number }, longest = Number.POSITIVE_INFINITY): void {
  const message = to <= from ? `expected more than from (${from}), received ${to}` : to - from > longest ? `expected at most ${longest} more than from (${from}), received ${to}` : undefined;
  if (message !== undefined) throw new AppError("invalid_request", `The query of the request does not fit: to: ${message}`, { issues: [{ path: "to", message }] });
}
