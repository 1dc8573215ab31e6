// Routes as data: path, schemas and handler in one place. Requests are parsed and OpenAPI is written from the same object.

import express, { type Express, type NextFunction, type Request, type RequestHandler, type Response } from "express";
import { z } from "zod";
import { zodIssues } from "../core/config.js";
import { AppError, type ErrorCode } from "../core/errors.js";

const maxJsonBytes = 64 * 1024;

/** One answer of a route: a schema for JSON, or content types of anything else. */
export interface ResponseDoc {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly contentTypes?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** Bodies that are not JSON. */
export interface BinaryBody {
  readonly contentTypes: readonly string[];
  readonly description: string;
  /** Read whole into `req.body` up to this many bytes; absent: the handler reads the stream. */
  readonly maxBytes?: number;
}

/** What the documents need to know of a route. */
export interface RouteDoc {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** Express' form, `/v1/streams/:id`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly binaryBody?: BinaryBody;
  readonly responses: Readonly<Record<number, ResponseDoc>>;
  readonly errors: readonly ErrorCode[];
}

/** A route without its schemas' types. */
export interface Route extends RouteDoc {
  readonly handle: (req: Request, res: Response) => Promise<void>;
}

interface Input<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

/** Describes a route; the handler gets what its schemas made of the request. */
export function route<P extends z.ZodObject = z.ZodObject, Q extends z.ZodObject = z.ZodObject, B extends z.ZodType = z.ZodUndefined>(
  doc: RouteDoc & { readonly params?: P; readonly query?: Q; readonly body?: B },
  handle: (input: Input<z.output<P>, z.output<Q>, z.output<B>>, req: Request, res: Response) => void | Promise<void>,
): Route {
  const none = z.strictObject({});
  return {
    ...doc,
    handle: async (req, res) => {
      const params = check(doc.params ?? none, req.params, "path") as z.output<P>;
      const query = check(doc.query ?? none, req.query, "query") as z.output<Q>;
      const isJson = doc.body !== undefined && (doc.binaryBody === undefined || hasJson(req));
      const body = (isJson ? check(doc.body, req.body, "body") : undefined) as z.output<B>;
      await handle({ params, query, body }, req, res);
    },
  };
}

/** Answers with JSON; the schema is the one of the route's documentation. */
export function reply<S extends z.ZodType>(res: Response, status: number, _schema: S, value: z.input<S>): void {
  res.status(status).json(value);
}

/** Whether a request's body says that it is JSON. */
export function hasJson(req: Request): boolean {
  return typeof req.is("application/json") === "string";
}

/** Adds routes to an app, whose bodies must arrive within `bodyTimeoutMs`; other methods of the same paths answer 405 with `Allow`. */
export function mount(app: Express, routes: readonly Route[], bodyTimeoutMs: number): void {
  for (const r of routes) app[r.method](r.path, bodyParser(r, bodyTimeoutMs), r.handle);
  for (const path of new Set(routes.map((r) => r.path))) {
    const methods = routes.filter((r) => r.path === path).map((r) => r.method.toUpperCase());
    app.all(path, refuseMethod(methods));
  }
}

/** Answers OPTIONS, and refuses every other method that got here. */
export function refuseMethod(methods: readonly string[]): RequestHandler {
  const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
  return (req, res) => {
    res.setHeader("allow", allow);
    if (req.method === "OPTIONS") {
      res.status(204).end();
      return;
    }
    throw new AppError("method_not_allowed", `Expected one of ${allow} for ${req.path}, received ${req.method}.`);
  };
}

function bodyParser({ body, binaryBody }: Route, timeoutMs: number): RequestHandler {
  const json = express.json({ limit: maxJsonBytes, type: "application/json" });
  const raw = express.raw({ limit: binaryBody?.maxBytes ?? 0, type: [...(binaryBody?.contentTypes ?? [])] });
  const expected = [...(body ? ["application/json"] : []), ...(binaryBody?.contentTypes ?? [])];
  return (req: Request, res: Response, next: NextFunction) => {
    if (expected.length === 0) return next();
    if (body && hasJson(req)) return json(req, res, withDeadline(req, next, timeoutMs));
    if (binaryBody && typeof req.is([...binaryBody.contentTypes]) === "string") return binaryBody.maxBytes === undefined ? next() : raw(req, res, withDeadline(req, next, timeoutMs));
    throw new AppError("unsupported_media_type", `Expected a body of type ${expected.join(" or ")}, received ${JSON.stringify(req.headers["content-type"] ?? "no body")}.`);
  };
}

/** Cuts off a client that sends its body too slowly. */
function withDeadline(req: Request, next: NextFunction, timeoutMs: number): NextFunction {
  const timer = setTimeout(() => req.destroy(), timeoutMs);
  timer.unref();
  return (error?: unknown) => {
    clearTimeout(timer);
    next(error);
  };
}

function check(schema: z.ZodType, value: unknown, part: string): unknown {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const issues = zodIssues(parsed.error);
  const first = issues[0];
  const where = first && first.path !== "" ? `${first.path}: ` : "";
  throw new AppError("invalid_request", `The ${part} of the request does not fit: ${where}${first?.message ?? ""}`, { issues });
}
