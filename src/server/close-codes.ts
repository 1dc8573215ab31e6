// The one place that maps error codes to WebSocket close codes (RFC 6455 section 7.4, and the registry at IANA).

import type { ErrorCode } from "../core/errors.js";

const closeCodes: Readonly<Partial<Record<ErrorCode, number>>> = {
  shutting_down: 1001, // going away
  cancelled: 1001,
  invalid_request: 1008, // policy violation
  unauthenticated: 1008,
  forbidden: 1008,
  timeout: 1008,
  payload_too_large: 1009, // message too big
  too_many: 1013, // try again later
};

/** Close code of an error code; what has none of its own is an internal error, 1011. */
export function closeCode(code: ErrorCode): number {
  return closeCodes[code] ?? 1011;
}
