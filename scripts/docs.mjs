// Writes the files that are made from the code: emostream.example.yaml and the tables of docs/errors.md. `npm run docs`.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildWhenStale } from "./build.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
if (!buildWhenStale()) process.exit(1);
const { exampleConfig } = await import("../dist/core/config-example.js");
writeFileSync(join(root, "emostream.example.yaml"), exampleConfig());

const { errorCodes } = await import("../dist/core/errors.js");
const { httpStatusOf } = await import("../dist/server/index.js");
const rows = Object.entries(errorCodes).map(([code, meaning]) => `| \`${code}\` | ${httpStatusOf(code)} | ${meaning} |`);
writeBetween("docs/errors.md", "codes", ["| code | HTTP status | meaning |", "|---|---|---|", ...rows].join("\n"));

function writeBetween(file, name, text) {
  const path = join(root, file);
  const [begin, end] = [`<!-- ${name}: made by npm run docs -->`, `<!-- end of ${name} -->`];
  const old = readFileSync(path, "utf8");
  const [from, to] = [old.indexOf(begin), old.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`expected the markers of ${name} in ${file}`);
  writeFileSync(path, `${old.slice(0, from + begin.length)}\n${text}\n${old.slice(to)}`);
}
