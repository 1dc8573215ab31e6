// Damaged films, uploaded and analysed, and damaged pictures for /v1/predict, with the real engine.
import { join } from "node:path";
import * as fc from "fast-check";
import { until } from "../../chaos/support/wait.mjs";
import { unnamed } from "../support/codes.mjs";
import { films, pictures } from "../support/corpus.mjs";
import { exchange, requestBytes } from "../support/http.mjs";
import { judgeAnswer } from "../support/judge.mjs";
import { byteEdits, mutateBytes } from "../support/mutate-bytes.mjs";

export const sends = "mutated files";
export const engine = "emostream";
/** A damaged film of half a second is over, one way or the other, long before. Its decoder's own limits are a few seconds. */
const analysisMs = 60_000;
/** A picture costs a fiftieth of a film. */
const pictureShare = 0.3;

const formats = fc.oneof({ weight: 4, arbitrary: fc.constant("jsonl,csv") }, { weight: 1, arbitrary: fc.constantFrom("mp4", "png,vtt,episodes,eaf", "parquet") });

export async function campaigns(target, runs) {
  const [moving, still] = [films(join(target.folder, "zoo")), await pictures()];
  const each = (share, kinds) => Math.ceil((runs * share) / kinds.length);
  return [
    ...moving.map(({ name, bytes }) => ({ name: `media:${name}`, runs: each(1 - pictureShare, moving), cases: fc.record({ edits: byteEdits, formats }), check: (wanted) => analyse(target, mutateBytes(bytes, wanted.edits), name, wanted.formats) })),
    ...still.map(({ name, bytes }) => ({ name: `media:${name}`, runs: each(pictureShare, still), cases: fc.record({ edits: byteEdits, drawn: fc.boolean() }), check: ({ edits, drawn }) => predict(target, mutateBytes(bytes, edits), drawn) })),
  ];
}

async function analyse(target, bytes, name, wanted) {
  const answer = await exchange(target.url, requestBytes({ method: "POST", target: `/v1/analyses?name=${name}&formats=${wanted}`, headers: upload("video/mp4", bytes), body: bytes }), { method: "POST" });
  if (answer === undefined) throw new Error("the connection was closed without an answer");
  judgeAnswer(answer, { method: "POST" });
  if (answer.status !== 201) return 1;
  const path = answer.headers.get("location");
  const info = await until(`the end of the analysis of a damaged ${name}`, async () => {
    const { body } = await target.server.request("GET", path);
    return body.state === "done" || body.state === "failed" ? body : undefined;
  }, analysisMs).catch(async (error) => {
    await target.server.request("DELETE", path);
    throw error;
  });
  const wrong = info.state === "failed" ? unnamed(info.reason?.code) : undefined;
  if (wrong !== undefined) throw new Error(`${wrong}: ${JSON.stringify(info)}`);
  for (const part of ["/summary", "/source", ...info.results.map(({ file }) => `/results/${file}`)]) await look(target, path + part);
  await target.server.request("DELETE", path);
  return 1;
}

async function look(target, path) {
  judgeAnswer(await exchange(target.url, requestBytes({ method: "GET", target: path, headers: [["Host", "127.0.0.1"]] })), { method: "GET" });
}

async function predict(target, bytes, drawn) {
  const answer = await exchange(target.url, requestBytes({ method: "POST", target: "/v1/predict", headers: [...upload("image/jpeg", bytes), ...(drawn ? [["Accept", "image/png"]] : [])], body: bytes }), { method: "POST" });
  if (answer === undefined) throw new Error("the connection was closed without an answer");
  judgeAnswer(answer, { method: "POST" });
  return 1;
}

function upload(type, bytes) {
  return [["Host", "127.0.0.1"], ["Content-Type", type], ["Content-Length", bytes.length]];
}
