// A server's refusal of the feed, as an error with a code.

import { FeedRefused } from "../client/index.js";
import { AppError, type ErrorCode } from "../core/errors.js";

const codes: Readonly<Record<number, ErrorCode>> = { 400: "invalid_request", 401: "unauthenticated", 403: "forbidden" };

/** The error to end a command with; anything but a refusal stays what it is. */
export function feedError(error: unknown): unknown {
  if (!(error instanceof FeedRefused)) return error;
  return new AppError(codes[error.status] ?? "refused", `The server refused: ${error.message}`, { cause: error });
}
