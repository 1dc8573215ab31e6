// Lists the licences of everything that runs in production, as installed: `npm run licences`. Ends with 1 for one that is not on the list.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const allowed = new Set(["MIT", "MIT-0", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "MPL-2.0", "BlueOak-1.0.0", "Unlicense", "CC0-1.0"]);
/** What is taken although its licence is not on the list, and why. */
const exceptions = [{ name: /^@img\/sharp-/, licence: "LGPL-3.0-or-later", why: "libvips, a shared library that sharp loads and anybody may exchange; unchanged" }];

const root = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), ".."));
const packages = [...installed(root)].toSorted((a, b) => a.name.localeCompare(b.name));
const problems = [];
for (const { name, version, licence } of packages) {
  const exception = exceptions.find((e) => e.name.test(name));
  const fits = isAllowed(licence, (id) => allowed.has(id));
  const fitsWith = fits || (exception !== undefined && isAllowed(licence, (id) => allowed.has(id) || id === exception.licence));
  console.log(`${licence.padEnd(24)} ${name} ${version}${!fits && fitsWith ? ` (exception: ${exception.why})` : ""}`);
  if (!fitsWith) problems.push(`${name} ${version}: ${licence}`);
}
console.log(`${packages.length} packages`);
if (problems.length > 0) {
  console.error(`not on the list of licences:\n${problems.join("\n")}`);
  process.exitCode = 1;
}

/** Every package that the root's production dependencies lead to, each found where Node would find it. */
function* installed(from) {
  const seen = new Set();
  const waiting = [from];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const { name, version, license, licenses, dependencies, optionalDependencies, peerDependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    if (folder !== from) yield { name, version, licence: licenceText(license ?? licenses) };
    for (const wanted of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const found = find(wanted, folder);
      // What is not installed (another platform's binary, an optional peer) does not run here.
      if (found === undefined && wanted in (dependencies ?? {}) && !(wanted in (optionalDependencies ?? {}))) throw new Error(`${wanted}, which ${name} needs, is not installed`);
      if (found === undefined || seen.has(found)) continue;
      seen.add(found);
      waiting.push(found);
    }
  }
}

function find(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, "node_modules", name);
    if (existsSync(join(path, "package.json"))) return path;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Old packages name an object, or a list of them. */
function licenceText(value) {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(licenceText).join(" OR ");
  return value?.type ?? "none stated";
}

/** An SPDX expression: of an OR one side must fit, of an AND both. */
function isAllowed(expression, fits) {
  const words = expression.match(/[()]|[^\s()]+/g) ?? [];
  const anyOf = () => {
    let result = allOf();
    while (words[0] === "OR") {
      words.shift();
      result = allOf() || result;
    }
    return result;
  };
  const allOf = () => {
    let result = one();
    while (words[0] === "AND") {
      words.shift();
      result = one() && result;
    }
    return result;
  };
  const one = () => {
    const word = words.shift();
    if (word !== "(") return word !== undefined && fits(word);
    const result = anyOf();
    words.shift();
    return result;
  };
  const result = anyOf();
  return result && words.length === 0;
}
