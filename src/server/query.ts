// The query of an address, read with a schema.

import type { z } from "zod";
import { zodIssues } from "../core/config.js";
import { AppError } from "../core/errors.js";

/** A field that stands there more than once comes as a list, which no schema of ours takes. @throws AppError `invalid_request` */
export function parseQuery<S extends z.ZodType>(schema: S, query: URLSearchParams): z.output<S> {
  const values = Object.fromEntries([...query.keys()].map((key) => [key, query.getAll(key).length > 1 ? query.getAll(key) : query.get(key)]));
  const parsed = schema.safeParse(values);
  if (!parsed.success) throw new AppError("invalid_request", "The query of the address does not fit its schema.", { issues: zodIssues(parsed.error) });
  return parsed.data;
}
