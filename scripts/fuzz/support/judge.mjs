// What an HTTP answer must be, whatever was asked.
import { documentedCodes, unnamed } from "./codes.mjs";

/** Statuses of 500 and more that say something about the machine, or (504, where a route has it) about a camera, and not about a defect. */
const honest = new Set([503, 507]);
const isHonest = (status, operation) => honest.has(status) || (status === 504 && operation !== undefined && status in operation.responses);
/** Node's parser refuses before any route does; these statuses go with codes that have another one elsewhere. */
const ofTheParser = new Map([[431, "payload_too_large"], [408, "timeout"]]);

/** Throws where an answer is not what docs/rest.md and docs/errors.md promise. `operation` as in /openapi.json, where the request found one. */
export function judgeAnswer(answer, { method, operation }) {
  const { status, headers, body } = answer;
  const said = `${status} ${JSON.stringify(body.toString("utf8").slice(0, 300))}`;
  if (status >= 500 && !isHonest(status, operation)) throw new Error(`expected a status below 500, received ${said}`);
  if (status === 101) throw new Error("expected no upgrade");
  if (status < 400) {
    if (operation !== undefined && status >= 200 && status < 300 && method !== "OPTIONS" && !(status in operation.responses)) throw new Error(`expected one of ${Object.keys(operation.responses).join(", ")}, received ${said}`);
    return;
  }
  if (headers.get("content-type")?.startsWith("application/problem+json") !== true) throw new Error(`expected a problem document, received ${headers.get("content-type")}: ${said}`);
  if (method === "HEAD") return;
  const problem = parse(body, said);
  const wrong = unnamed(problem.code);
  if (wrong !== undefined) throw new Error(`${wrong}: ${said}`);
  if (problem.status !== status) throw new Error(`expected the status in the problem, received ${said}`);
  if (documentedCodes.get(problem.code) !== status && ofTheParser.get(status) !== problem.code && status !== 426) throw new Error(`expected the status that docs/errors.md gives ${problem.code}, received ${said}`);
}

function parse(body, said) {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new Error(`expected JSON, received ${said}`);
  }
}
