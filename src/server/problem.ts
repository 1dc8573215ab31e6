// Errors as RFC 9457 problem documents.

import type { ServerResponse } from "node:http";
import { STATUS_CODES } from "node:http";
import { z } from "zod";
import { AppError, errorCodes, toAppError, type ErrorCode } from "../core/errors.js";
import { httpStatus } from "./http-status.js";

const codes = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]];

export const problemContentType = "application/problem+json";

export const problemSchema = z
  .object({
    type: z.string().describe("URN of the code."),
    title: z.string().describe("What the code means."),
    status: z.int(),
    detail: z.string().describe("What was expected and what was received."),
    instance: z.string().optional().describe("Path of the request."),
    code: z.enum(codes),
    issues: z.array(z.object({ path: z.string(), message: z.string() })).optional().describe("Fields that do not fit, and what was expected of each."),
  })
  .describe("A failure (RFC 9457).");

/** A problem document. */
export type Problem = z.infer<typeof problemSchema>;

/** The public face of an error. `path` is the request's, without its query (which may hold a token). */
export function toProblem(error: AppError, path?: string): Problem {
  return {
    type: `urn:emostream:error:${error.code}`,
    title: errorCodes[error.code],
    status: httpStatus[error.code],
    detail: error.message,
    ...(path === undefined ? {} : { instance: path }),
    code: error.code,
    ...(error.issues === undefined ? {} : { issues: [...error.issues] }),
  };
}

/** Headers that an error brings with it. */
export function problemHeaders(error: AppError): Readonly<Record<string, string>> {
  if (error.code === "unauthenticated") return { "www-authenticate": 'Bearer realm="emostream"' };
  if (error.code === "too_many" || error.code === "shutting_down") return { "retry-after": String(error.retryAfterSeconds ?? 5) };
  return {};
}

/** The whole HTTP response to an error, for sockets that have no response object yet (upgrades, malformed requests). */
export function rawProblemResponse(error: AppError, { status = httpStatus[error.code], headers: more = {} }: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {}): string {
  const body = JSON.stringify({ ...toProblem(error), status });
  const headers = { ...problemHeaders(error), ...more, "content-type": problemContentType, "content-length": String(Buffer.byteLength(body)), connection: "close" };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Error"}\r\n${lines.join("")}\r\n${body}`;
}

/** Sends a problem, or cuts the connection where an answer has begun already. */
export function sendProblem(res: ServerResponse, error: AppError, path?: string): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const body = JSON.stringify(toProblem(error, path));
  res.writeHead(httpStatus[error.code], { ...problemHeaders(error), "content-type": problemContentType, "cache-control": "no-store", "content-length": Buffer.byteLength(body) });
  res.end(body);
}

/** Whatever a handler or a middleware threw, as an AppError. Express' and body-parser's own errors become `invalid_request` and its kin. */
export function requestError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const { status, type, message } = (thrown ?? {}) as { status?: unknown; type?: unknown; message?: unknown };
  if (type === "entity.too.large") return new AppError("payload_too_large", "The request body is larger than this route takes.", { cause: thrown });
  if (type === "entity.parse.failed") return new AppError("invalid_request", `Expected a JSON body, received malformed JSON: ${String(message)}`, { cause: thrown });
  if (type === "encoding.unsupported" || type === "charset.unsupported") return new AppError("unsupported_media_type", `Request body: ${String(message)}.`, { cause: thrown });
  if (type === "request.aborted") return new AppError("cancelled", "The client went away.", { cause: thrown });
  if (status === 404 || status === 403) return new AppError("route_not_found", "No such file.", { cause: thrown });
  if (typeof status === "number" && status >= 400 && status < 500) return new AppError("invalid_request", `Malformed request: ${String(message)}`, { cause: thrown });
  return toAppError(thrown);
}
