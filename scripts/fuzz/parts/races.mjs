// Several requests at once for one stream or one analysis: made, changed, read and removed in every order. Whatever wins, each answer has a code and nothing half stays.
import * as fc from "fast-check";
import { until } from "../../chaos/support/wait.mjs";
import { exchange, requestBytes } from "../support/http.mjs";
import { judgeAnswer } from "../support/judge.mjs";

export const sends = "requests that race";
export const engine = "noop";

const analysis = [
  ["DELETE", ""],
  ["POST", "/cancel"],
  ["GET", ""],
  ["GET", "/summary"],
  ["GET", "/frames?from=0&to=1000"],
  ["GET", "/subjects.csv"],
  ["GET", "/source"],
  ["GET", "/results/clip.csv"],
  ["PUT", "/subjects", { subjects: [] }],
];
const stream = [
  ["DELETE", ""],
  ["POST", "/pause"],
  ["POST", "/resume"],
  ["POST", "/baseline"],
  ["GET", ""],
  ["GET", "/snapshot.jpg?timeoutMs=100"],
  ["PATCH", "", { name: "other", analysis: { maxFps: 2 } }],
  ["PATCH", "", { analysis: { maxSide: 96 } }],
];
/** A snapshot says 504 where the camera had no picture in time. */
const operation = { responses: { 200: {}, 201: {}, 204: {}, 206: {}, 504: {} } };

export function campaigns(target, runs) {
  return [
    { name: "races:analysis", runs: Math.ceil(runs / 8), cases: races(analysis), check: (wanted) => compete(target, "/v1/analyses", { path: "clip.mp4" }, wanted) },
    { name: "races:stream", runs: Math.ceil(runs / 8), cases: races(stream), check: (wanted) => compete(target, "/v1/streams", { source: "clip.mp4", loop: true }, wanted) },
  ];
}

function races(ops) {
  return fc.record({ ops: fc.array(fc.tuple(fc.constantFrom(...ops), fc.nat({ max: 30 })), { minLength: 2, maxLength: 6 }), done: fc.boolean() });
}

/** Makes one, waits until it is done (or not), sends all of `ops` within 30 ms, and removes what is left. */
async function compete(target, collection, body, { ops, done }) {
  const made = await ask(target, "POST", collection, body);
  const path = made.headers.get("location");
  if (done && collection === "/v1/analyses") await until("an analysis", async () => ["done", "failed"].includes((await target.server.request("GET", path)).body.state));
  await Promise.all(
    ops.map(async ([[method, suffix, sent], delayMs]) => {
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await ask(target, method, path + suffix, sent);
    }),
  );
  await ask(target, "DELETE", path);
  await until("that nothing is left of what was removed", async () => target.foldersLeft === (await target.server.request("GET", "/v1/analyses")).body.analyses.length, 10_000);
  return ops.length + 2;
}

async function ask(target, method, path, value) {
  const body = value === undefined ? undefined : Buffer.from(JSON.stringify(value));
  const headers = [["Host", "127.0.0.1"], ...(body ? [["Content-Type", "application/json"], ["Content-Length", body.length]] : [])];
  const answer = await exchange(target.url, requestBytes({ method, target: path, headers, body }), { method });
  if (answer === undefined) throw new Error("the connection was closed without an answer");
  judgeAnswer(answer, { method, operation });
  return answer;
}
