// Writes what is made from the code: emostream.example.yaml and the tables of docs/errors.md, docs/rest.md, docs/feed.md and docs/push.md.
// `npm run docs` writes, `npm run docs -- --check` only says what is stale and then ends with 1.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { buildWhenStale } from "./build.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
if (!buildWhenStale()) process.exit(1);
const { exampleConfig } = await import("../dist/core/config-example.js");
const { errorCodes } = await import("../dist/core/errors.js");
const { httpStatus } = await import("../dist/server/http-status.js");
const feed = await import("../dist/core/feed.js");
const push = await import("../dist/core/push.js");

const checkOnly = process.argv.includes("--check");
const stale = new Set();
const { csvColumns } = await import("../dist/offline/formats/csv.js");
const { checks } = await import("../dist/offline/study/quality/checks.js");
const { qualityColumns } = await import("../dist/offline/study/quality/report-data.js");
const { pyFeatColumns } = await import("../dist/offline/formats/csv-py-feat.js");

write("emostream.example.yaml", exampleConfig());
writeBetween("docs/errors.md", "codes", table(["code", "HTTP status", "meaning"], Object.entries(errorCodes).map(([code, meaning]) => [`\`${code}\``, httpStatus[code], meaning])));
writeBetween("docs/rest.md", "routes", table(["route", "what", "answers"], await routes()));
for (const name of ["hello", "stream", "frame", "episode", "drops", "error", "bye", "subscribe"]) writeMessage("docs/feed.md", name, feed[`${name}MessageSchema`]);
writeMessage("docs/push.md", "config", push.pushConfigSchema);
for (const name of ["ready", "dropped"]) writeMessage("docs/push.md", name, push[`${name}MessageSchema`]);
writeBetween("docs/feed.md", "face", table(["field", "type", "meaning"], fields(z.toJSONSchema(feed.faceSchema, { io: "input" }))));
writeBetween("docs/feed.md", "status", table(["field", "type", "meaning"], fields(z.toJSONSchema(feed.streamStatusSchema, { io: "input" }))));
writeBetween("docs/formats.md", "columns", columnTable(csvColumns));
writeBetween("docs/formats.md", "py-feat", columnTable(pyFeatColumns));
writeBetween("docs/formats.md", "quality", columnTable(qualityColumns));
writeBetween("docs/formats.md", "checks", table(["flag", "limit", "what"], checks.map(({ name, limit, meaning }) => [`\`${name}\``, limit, meaning])));

if (checkOnly && stale.size > 0) {
  console.error(`stale: ${[...stale].join(", ")}; run npm run docs`);
  process.exitCode = 1;
}

/** Routes as the server itself describes them. */
async function routes() {
  const { startApp } = await import("../dist/app.js");
  const { parseConfig } = await import("../dist/core/config.js");
  const dir = mkdtempSync(join(tmpdir(), "emostream-docs-"));
  const config = parseConfig({ server: { port: 0, stateFile: join(dir, "state.json"), mediaRoot: dir, workDir: join(dir, "analyses") }, engine: { name: "noop" }, log: { level: "error" } });
  const app = await startApp(config, { demo: false, sources: [] });
  try {
    const { paths } = await (await fetch(`${app.url}/openapi.json`)).json();
    return Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { summary, responses }]) => [`\`${method.toUpperCase()} ${path}\``, summary, Object.keys(responses).join(", ")]));
  } finally {
    await app.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

function fields(schema) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties).map(([name, node]) => [`\`${name}\`${required.has(name) ? "" : " (optional)"}`, typeOf(node), node.description ?? ""]);
}

function typeOf(node) {
  if (node.const !== undefined) return `\`${JSON.stringify(node.const)}\``;
  if (node.enum !== undefined && node.enum.length <= 12) return node.enum.map((v) => `\`${v}\``).join(", ");
  if (node.enum !== undefined) return "code ([list](errors.md))";
  if (node.type === "array") return node.prefixItems === undefined ? `list of ${typeOf(node.items)}` : `${node.prefixItems.length} × ${typeOf(node.prefixItems[0])}`;
  if (node.type === "object" && node.properties !== undefined) return `{${Object.keys(node.properties).join(", ")}}`;
  return node.format ?? node.type ?? "any";
}

function columnTable(columns) {
  return table(["column", "type", "unit", "what"], columns.map(({ name, type, unit, meaning }) => [`\`${name}\``, type, unit, meaning]));
}

function table(heads, rows) {
  return [tableLine(heads), `|${heads.map(() => "---|").join("")}`, ...rows.map(tableLine)].join("\n");
}

function tableLine(cells) {
  return `| ${cells.map((c) => String(c).replaceAll("|", "\\|")).join(" | ")} |`;
}

function writeMessage(file, name, messageSchema) {
  const schema = z.toJSONSchema(messageSchema, { unrepresentable: "any", io: "input" });
  writeBetween(file, name, `${schema.description}\n\n${table(["field", "type", "meaning"], fields(schema))}`);
}

function writeBetween(file, name, text) {
  const path = join(root, file);
  const [begin, end] = [`<!-- ${name}: made by npm run docs -->`, `<!-- end of ${name} -->`];
  const old = readFileSync(path, "utf8");
  const [from, to] = [old.indexOf(begin), old.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`expected the markers of ${name} in ${file}`);
  write(file, `${old.slice(0, from + begin.length)}\n${text}\n${old.slice(to)}`);
}

function write(file, text) {
  const path = join(root, file);
  if (readFileSync(path, "utf8") === text) return;
  stale.add(file);
  if (!checkOnly) writeFileSync(path, text);
}
