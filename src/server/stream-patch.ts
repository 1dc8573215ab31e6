// What PATCH /v1/streams/{id} takes: a merge patch (RFC 7396) of a stream's name and analysis settings. null goes back to the server's setting.
// The schema is made from the configuration's own, with its descriptions: the viewer makes its form from it.

import { z } from "zod";
import { analysisSchema, zodIssues, type AnalysisSettings } from "../core/config.js";
import { AppError } from "../core/errors.js";
import { analysisOverrideSchema, type AnalysisOverride } from "./schemas.js";

type Patch<T> = { [K in keyof T]?: (NonNullable<T[K]> extends readonly unknown[] ? T[K] : NonNullable<T[K]> extends object ? Patch<NonNullable<T[K]>> : T[K]) | null | undefined };

/** Differences from a stream's present settings. */
export type AnalysisPatch = Patch<AnalysisOverride>;

export const analysisPatchSchema = (patchOf(analysisSchema) as z.ZodType<AnalysisPatch>).describe("Settings to change. Others stay; null: as the server is configured.");

export const streamPatchSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(200).nullable().optional().describe("For people. null: none."),
    analysis: analysisPatchSchema.nullable().optional().describe("Analysis settings to change. null: all as the server is configured."),
  })
  .describe("What to change of a stream.");

/** What a client says when it changes a stream. */
export type StreamPatch = z.infer<typeof streamPatchSchema>;

/**
 * A stream's own settings after a patch: only what differs from the server's configuration.
 * @throws AppError `invalid_request`
 */
export function patchedOverride(own: AnalysisOverride | undefined, patch: AnalysisPatch | null | undefined): AnalysisOverride | undefined {
  if (patch === undefined) return own;
  if (patch === null) return undefined;
  const merged = mergePatch(own ?? {}, patch);
  const parsed = analysisOverrideSchema.safeParse(merged);
  if (!parsed.success) throw new AppError("invalid_request", "The analysis settings do not fit their schema.", { issues: analysisIssues(parsed.error) });
  return Object.keys(parsed.data).length > 0 ? parsed.data : undefined;
}

/** Zod's issues with the path that they have in a request. */
export function analysisIssues(error: z.ZodError, at: "analysis" | "settings" = "analysis"): { path: string; message: string }[] {
  return zodIssues(error).map(({ path, message }) => ({ path: [at, path].filter(Boolean).join("."), message }));
}

/** RFC 7396: null removes, objects merge, everything else replaces. Objects without content go, as they say nothing. */
function mergePatch(target: Readonly<Record<string, unknown>>, patch: object): Record<string, unknown> {
  const result: Record<string, unknown> = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    const before = result[key];
    const merged = isPlain(value) ? mergePatch(isPlain(before) ? before : {}, value) : value;
    if (merged === null || (isPlain(merged) && Object.keys(merged).length === 0)) delete result[key];
    else result[key] = merged;
  }
  return result;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The same keys, none required, each with its description, null allowed; defaults are left out, as what is absent stays. */
function patchOf(schema: z.ZodType): z.ZodType {
  const object = bare(schema);
  if (!(object instanceof z.ZodObject)) return described(object, schema);
  const fields = Object.entries(object.shape as Record<string, z.ZodType>).map(([key, field]) => [key, described(patchOf(field), field).nullable().optional()] as const);
  return described(z.strictObject(Object.fromEntries(fields)), schema);
}

/** Without default, prefault and optional. */
function bare(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional ? bare(schema.unwrap() as z.ZodType) : schema;
}

function described<T extends z.ZodType>(schema: T, from: z.ZodType): T {
  return from.description === undefined ? schema : schema.describe(from.description);
}

/** Settings of the analysis that a stream of a pushing client has not: how many frames come is the client's business. */
export function withoutMaxFps(settings: AnalysisSettings): AnalysisSettings {
  const { maxFps: _, ...analysis } = settings;
  return analysis;
}
