// The OpenAPI 3.1 document, written from the routes.

import { z } from "zod";
import type { ErrorCode } from "../core/errors.js";
import { countersSchema, faceSchema } from "../core/feed.js";
import { httpStatus } from "./http-status.js";
import { componentSchemas, schemaOrRef, type NamedSchemas } from "./json-schema.js";
import { problemContentType, problemSchema } from "./problem.js";
import type { ResponseDoc, Route, RouteDoc } from "./router.js";
import { analysisListSchema, analysisOverrideSchema, analysisRequestSchema, healthSchema, infoSchema, streamInfoSchema, streamListSchema, streamRequestSchema } from "./schemas.js";
import { analysisPatchSchema, streamPatchSchema } from "./stream-patch.js";
import { curvesSchema, episodesPageSchema, framesSchema, subjectsSchema, summarySchema } from "./analysis-views.js";
import { analysisInfoSchema, predictionSchema } from "./services.js";

const named: NamedSchemas = {
  Analysis: analysisInfoSchema,
  AnalysisCurves: curvesSchema,
  AnalysisEpisodes: episodesPageSchema,
  AnalysisFrames: framesSchema,
  AnalysisList: analysisListSchema,
  AnalysisPatch: analysisPatchSchema,
  AnalysisRequest: analysisRequestSchema,
  AnalysisSettings: analysisOverrideSchema,
  AnalysisSubjects: subjectsSchema,
  AnalysisSummary: summarySchema,
  Counters: countersSchema,
  Face: faceSchema,
  Health: healthSchema,
  Info: infoSchema,
  Prediction: predictionSchema,
  Problem: problemSchema,
  Stream: streamInfoSchema,
  StreamList: streamListSchema,
  StreamPatch: streamPatchSchema,
  StreamRequest: streamRequestSchema,
};

/** What any route may answer: an unknown query field, a foreign page, a stopping server, a defect. */
const everywhere: readonly ErrorCode[] = ["invalid_request", "forbidden", "shutting_down", "internal"];

/** Describes routes. `secured`: every path but /healthz wants the token. */
export function openApiDocument(routes: readonly Route[], version: string, secured: boolean): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:([a-z]+)/gi, "{$1}");
    paths[path] = { ...paths[path], [route.method]: operation(route, secured && route.path !== "/healthz") };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Emostream", version, description: "A live emotion feed. The WebSocket feed is described in /asyncapi.json." },
    paths,
    components: {
      schemas: componentSchemas(named),
      ...(secured ? { securitySchemes: { bearer: { type: "http", scheme: "bearer" }, session: { type: "apiKey", in: "cookie", name: "emostream" } } } : {}),
    },
  };
}

function operation(doc: RouteDoc, secured: boolean): object {
  const parameters = [...parametersOf(doc.params, "path"), ...parametersOf(doc.query, "query")];
  const content: Record<string, object> = {};
  if (doc.body) content["application/json"] = { schema: schemaOrRef(doc.body, named) };
  for (const type of doc.binaryBody?.contentTypes ?? []) content[type] = { schema: { description: doc.binaryBody?.description } };
  const responses = Object.fromEntries(Object.entries(doc.responses).map(([status, response]) => [status, responseOf(response)]));
  return {
    operationId: doc.operationId,
    summary: doc.summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(Object.keys(content).length > 0 ? { requestBody: { required: true, content } } : {}),
    responses: { ...responses, ...errorResponses(doc, secured) },
    ...(secured ? { security: [{ bearer: [] }, { session: [] }] } : {}),
  };
}

function parametersOf(schema: z.ZodObject | undefined, place: "path" | "query"): object[] {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => {
    const { description, ...rest } = schemaOrRef(field as z.ZodType, named);
    const required = place === "path" || !z.safeParse(field, undefined).success;
    return { name, in: place, required, ...(description === undefined ? {} : { description }), schema: rest };
  });
}

function responseOf({ description, schema, contentTypes, headers }: ResponseDoc): object {
  const content: Record<string, object> = {};
  if (schema) content["application/json"] = { schema: schemaOrRef(schema, named) };
  for (const type of contentTypes ?? []) content[type] = {};
  return {
    description,
    ...(headers ? { headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, { description: text, schema: { type: "string" } }])) } : {}),
    ...(Object.keys(content).length > 0 ? { content } : {}),
  };
}

/** One response for each status, naming the codes that it comes with. */
function errorResponses(doc: RouteDoc, secured: boolean): Record<string, object> {
  const ofBody: readonly ErrorCode[] = doc.body === undefined ? [] : ["unsupported_media_type", "payload_too_large"];
  const changes = doc.method !== "get";
  const ofToken: readonly ErrorCode[] = secured ? ["unauthenticated", "too_many", ...(changes ? ["admin_only" as const] : [])] : [];
  const ofChange: readonly ErrorCode[] = changes ? ["too_many"] : [];
  const codes = new Set([...doc.errors, ...ofBody, ...ofToken, ...ofChange, ...everywhere]);
  const responses: Record<string, object> = {};
  for (const status of new Set([...codes].map((code) => httpStatus[code]))) {
    const here = [...codes].filter((code) => httpStatus[code] === status);
    responses[status] = { description: here.join(", "), content: { [problemContentType]: { schema: { $ref: "#/components/schemas/Problem" } } } };
  }
  return responses;
}
