// /v1/analyses: whole files, every frame of them, with results to fetch.

import { rm } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import type { Config } from "../../core/config.js";
import { refusePictureFormats, refusePictures, type Privacy } from "../../core/privacy.js";
import { safeFileName } from "../file-name.js";
import { resolveMediaPath } from "../media-path.js";
import { reply, route, type Route } from "../router.js";
import { analysisListSchema, analysisQuerySchema, analysisRequestSchema } from "../schemas.js";
import { analysisIdSchema, analysisInfoSchema, resultFileSchema, type AnalysisInfo, type AnalysisService, type ResultFormat } from "../services.js";
import { sendFile } from "../send-file.js";
import { receiveUpload, uploadFolder } from "../upload.js";
import { analysisViewRoutes } from "./analysis-views.js";

const defaultFormats: readonly ResultFormat[] = ["jsonl", "csv"];
const paramsSchema = z.strictObject({ id: analysisIdSchema });
const resultParamsSchema = z.strictObject({ id: analysisIdSchema, file: resultFileSchema });
const contentTypes = ["video/*", "application/octet-stream"];

/** Routes over the analysis service. */
export function analysisRoutes(analyses: AnalysisService, { mediaRoot, workDir, maxUploadBytes }: Config["server"], privacy: Privacy): readonly Route[] {
  const one = { description: "The analysis.", schema: analysisInfoSchema };

  const fromUpload = async (req: Parameters<Route["handle"]>[0], query: z.output<typeof analysisQuerySchema>): Promise<AnalysisInfo> => {
    const path = await receiveUpload(req, uploadFolder(workDir), maxUploadBytes);
    try {
      return await analyses.create({ path, name: safeFileName(query.name ?? "", "upload"), settings: {}, formats: query.formats ?? defaultFormats, deleteFileWhenRemoved: true });
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  };

  const fromMedia = async (body: z.output<typeof analysisRequestSchema>): Promise<AnalysisInfo> => {
    const path = await resolveMediaPath(body.path, mediaRoot);
    const { name = basename(path), settings = {}, formats = defaultFormats } = body;
    return analyses.create({ path, name: safeFileName(name, basename(path)), settings, formats, deleteFileWhenRemoved: false });
  };

  return [
    route(
      {
        method: "post",
        path: "/v1/analyses",
        operationId: "createAnalysis",
        summary: "Analyse a file of the media root (JSON) or an uploaded one (its bytes as the body, `name` and `formats` in the query).",
        query: analysisQuerySchema,
        body: analysisRequestSchema,
        binaryBody: { contentTypes, description: "A video file." },
        responses: { 201: { ...one, headers: { Location: "Path of the analysis." } } },
        errors: ["outside_media_root", "not_found", "payload_too_large", "unsupported_media_type", "too_many", "timeout", "disk_full", "write_failed", "no_pictures"],
      },
      async ({ query, body }, req, res) => {
        // Before an upload is taken.
        refusePictureFormats(privacy, (body ?? query).formats ?? []);
        const info = body === undefined ? await fromUpload(req, query) : await fromMedia(body);
        res.location(`/v1/analyses/${info.id}`);
        reply(res, 201, analysisInfoSchema, info);
      },
    ),
    route(
      { method: "get", path: "/v1/analyses", operationId: "listAnalyses", summary: "All analyses, newest first.", responses: { 200: { description: "All analyses.", schema: analysisListSchema } }, errors: [] },
      (_input, _req, res) => reply(res, 200, analysisListSchema, { analyses: [...analyses.list()] }),
    ),
    route(
      {
        method: "get",
        path: "/v1/analyses/:id",
        operationId: "getAnalysis",
        summary: "One analysis: progress, results, why it failed.",
        params: paramsSchema,
        responses: { 200: one },
        errors: ["analysis_not_found"],
      },
      ({ params }, _req, res) => reply(res, 200, analysisInfoSchema, analyses.get(params.id)),
    ),
    route(
      {
        method: "delete",
        path: "/v1/analyses/:id",
        operationId: "removeAnalysis",
        summary: "Stop an analysis if it runs and delete its files.",
        params: paramsSchema,
        responses: { 204: { description: "Gone." } },
        errors: ["analysis_not_found"],
      },
      async ({ params }, _req, res) => {
        await analyses.remove(params.id);
        res.status(204).end();
      },
    ),
    route(
      {
        method: "post",
        path: "/v1/analyses/:id/cancel",
        operationId: "cancelAnalysis",
        summary: "Stop an analysis; it stays in the list, without results.",
        params: paramsSchema,
        responses: { 200: one },
        errors: ["analysis_not_found", "conflict"],
      },
      async ({ params }, _req, res) => reply(res, 200, analysisInfoSchema, await analyses.cancel(params.id)),
    ),
    route(
      {
        method: "get",
        path: "/v1/analyses/:id/results/:file",
        operationId: "getResult",
        summary: "One result file. Ranges are answered.",
        params: resultParamsSchema,
        responses: { 200: { description: "The file.", contentTypes: ["*/*"] }, 206: { description: "A part of the file.", contentTypes: ["*/*"] } },
        errors: ["analysis_not_found", "result_not_ready", "no_pictures"],
      },
      async ({ params }, _req, res) => {
        const { path, contentType } = await analyses.result(params.id, params.file);
        // One that was made before the mode was strict.
        if (/^(?:image|video)\//.test(contentType)) refusePictures(privacy, `Result ${params.file}`);
        await sendFile(res, path, { "Content-Type": contentType, "Content-Disposition": `inline; filename="${params.file}"` });
      },
    ),
    ...analysisViewRoutes(analyses.views, privacy),
  ];
}
