// Every route of /openapi.json: requests that fit, with paths, queries, headers and bodies mutated, cut off and abandoned.
import * as fc from "fast-check";
import { exchange, requestBytes } from "../support/http.mjs";
import { judgeAnswer } from "../support/judge.mjs";
import { mutatedJson } from "../support/mutate-json.mjs";
import { byteEdits, mutateBytes } from "../support/mutate-bytes.mjs";
import { oddHeaders, oddSegments, oddTargets } from "../support/odd-requests.mjs";
import { valuesOf } from "../support/schema-values.mjs";

export const sends = "mutated REST requests";
export const engine = "noop";
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO"];

/** One campaign for each operation, and one for requests that meet none. */
export async function campaigns(target, runs) {
  const { body: document } = await target.server.request("GET", "/openapi.json");
  const operations = Object.entries(document.paths).flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })));
  const total = operations.reduce((sum, o) => sum + weightOf(o.operation), 2);
  const share = (weight) => Math.max(1, Math.round((runs * weight) / total));
  return [
    ...operations.map((o) => ({ name: `rest:${o.operation.operationId}`, runs: share(weightOf(o.operation)), cases: requestsFor(o, document), check: (request) => send(target, request, o) })),
    { name: "rest:elsewhere", runs: share(2), cases: requestsElsewhere(), check: (request) => send(target, request, {}) },
  ];
}

/** What takes a body has more that can be wrong with it. */
function weightOf(operation) {
  return operation.requestBody === undefined ? 1 : 6;
}

/** Requests of one operation, most of them with something odd. */
function requestsFor({ path, method, operation }, document) {
  const parameters = operation.parameters ?? [];
  const query = parameters.filter((p) => p.in === "query").map(({ name, schema }) => fc.tuple(fc.constant(name), queryText(valuesOf(schema, document))));
  return fc.record({
    method: fc.oneof({ weight: 20, arbitrary: fc.constant(method) }, { weight: 1, arbitrary: fc.constantFrom(...methods) }),
    target: fc.tuple(...path.split("/").slice(1).map((segment) => segmentFor(segment, path, parameters, document))).map((segments) => `/${segments.join("/")}`),
    query: fc.tuple(fc.option(fc.array(fc.oneof(...(query.length > 0 ? [...query, ...query] : []), fc.tuple(fc.string({ maxLength: 8 }).map(encoded), oddSegments)), { maxLength: 4 }), { nil: [] })).map(([pairs]) => pairs.map(([name, value]) => `${name}=${value}`).join("&")),
    headers: oddHeaders,
    body: bodyFor(operation.requestBody, document),
    ending: endings,
  });
}

function requestsElsewhere() {
  return fc.record({ method: fc.constantFrom(...methods), target: oddTargets, query: fc.constant(""), headers: oddHeaders, body: fc.oneof(fc.constant(undefined), fc.uint8Array({ maxLength: 300 }).map((bytes) => ({ type: "application/json", bytes }))), ending: endings });
}

/** Whole, half closed or abandoned; `sent`: how much of the bytes goes out before that. */
const endings = fc.oneof(
  { weight: 12, arbitrary: fc.constant({ kind: "open", sent: 1 }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("half", "gone"), sent: fc.double({ min: 0, max: 1, noNaN: true }) }) },
);

function segmentFor(segment, path, parameters, document) {
  const name = /^\{(.+)\}$/.exec(segment)?.[1];
  if (name === undefined) return fc.constant(segment);
  const known = name === "file" ? "{file}" : path.startsWith("/v1/streams") ? "{stream}" : "{analysis}";
  const { schema } = parameters.find((p) => p.in === "path" && p.name === name);
  return fc.oneof({ weight: 6, arbitrary: fc.constant(known) }, { weight: 2, arbitrary: valuesOf(schema, document) }, { weight: 2, arbitrary: oddSegments });
}

function queryText(values) {
  return fc.oneof({ weight: 3, arbitrary: values.map((value) => encoded(String(value))) }, { weight: 2, arbitrary: oddSegments });
}

/** Lone surrogates cannot be percent-encoded. */
function encoded(text) {
  return encodeURIComponent(text.toWellFormed());
}

function bodyFor(requestBody, document) {
  if (requestBody === undefined) return fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constant({ type: "application/json", bytes: Buffer.from("{}") }) });
  const kinds = Object.entries(requestBody.content).map(([type, { schema }]) =>
    type === "application/json"
      ? mutatedJson(valuesOf(schema, document)).map((bytes) => ({ type, bytes }))
      : byteEdits.map((edits) => ({ type: type.replace("*", "jpeg"), bytes: mutateBytes(picture, edits) })),
  );
  const types = fc.constantFrom("application/json; charset=utf-16", "application/json; charset=nonsense", "APPLICATION/JSON", "application/json;", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "image/svg+xml", "video/mp4", "application/problem+json", "*/*", "/", "");
  return fc.tuple(fc.oneof(...kinds), fc.option(types, { freq: 5, nil: undefined })).map(([body, type]) => ({ ...body, type: type ?? body.type }));
}

async function send(target, request, { operation, method: due }) {
  const { method, query, body, ending } = request;
  const filled = request.target.replace("{stream}", target.known.stream).replace("{analysis}", target.known.analysis).replace("{file}", target.known.file);
  const own = body === undefined ? [] : [["Content-Type", body.type], ["Content-Length", body.bytes.length]];
  // An odd header takes the place of ours, as two that contradict each other are refused by the parser already.
  const names = new Set(request.headers.map(([name]) => name.toLowerCase()));
  const headers = [["Host", "127.0.0.1"], ...own].filter(([name]) => !names.has(name.toLowerCase()));
  const bytes = requestBytes({ method, target: filled + (query === "" ? "" : `?${query}`), headers: [...headers, ...request.headers], body: body?.bytes });
  const whole = ending.kind === "open";
  const answer = await exchange(target.url, whole ? bytes : bytes.subarray(0, Math.max(1, Math.floor(bytes.length * ending.sent))), { ending: ending.kind, method });
  await tidy(target, answer, request);
  if (answer !== undefined) judgeAnswer(answer, { method, ...(method === due ? { operation } : {}) });
  else if (whole && !names.has("content-length") && !names.has("transfer-encoding")) throw new Error(target.trouble ?? "the connection was closed without an answer");
  return 1;
}

/** What a request has made goes again, and what it removed comes back. */
async function tidy(target, answer, { method, ending }) {
  if (method !== "GET" && method !== "HEAD") target.disturbed();
  const made = answer?.status === 201 ? answer.headers.get("location") : undefined;
  if (made !== undefined) await target.server.request("DELETE", made);
  else if (ending.kind !== "open" && method === "POST") await target.clear();
}

const picture = Buffer.from("/9j/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8tMC0oMCUoKSj/wAALCAAQABABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAAAAf/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oACAEBAAA/AL+AAAAf/9k=", "base64");
