// Compiles src to dist. Run by npm's `prepare` (so `npm ci` in a clone leaves a working `npx emostream`) and by setup.mjs.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const stamp = join(dist, ".built");

/** Builds unless dist was made from exactly these sources. Returns false when the compiler complained. */
export function buildWhenStale() {
  const wanted = sourceState();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return true;
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  if (!existsSync(tsc)) {
    process.stderr.write("emostream: typescript is not installed here, nothing was built\n");
    return existsSync(dist);
  }
  process.stderr.write("emostream: building\n");
  // Into a folder of its own first: what runs from dist meanwhile never sees half of it, and a failed build leaves the old one.
  const part = join(root, `dist.${process.pid}.part`);
  const old = `${part}.old`;
  try {
    const { status } = spawnSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json"), "--outDir", part], { stdio: ["ignore", 2, "inherit"] });
    if (status !== 0 || !buildKernels(part)) return false;
    // As npm leaves it after an installation: `npx emostream` runs the file itself.
    chmodSync(join(part, "cli/main.js"), 0o755);
    writeFileSync(join(part, ".built"), wanted);
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(part, dist);
    return true;
  } finally {
    for (const folder of [part, old]) rmSync(folder, { recursive: true, force: true });
  }
}

/** Compiles assembly to WebAssembly beside the code that loads it. Memory comes from there. */
function buildKernels(part) {
  const asc = join(root, "node_modules/assemblyscript/bin/asc.js");
  return ["pixels", "suppress", "crop"].every((name) => {
    const out = join(part, `inference/${name}.wasm`);
    const { status } = spawnSync(process.execPath, [asc, join(root, `assembly/${name}.ts`), "--outFile", out, "--runtime", "stub", "--importMemory", "--noAssert", "--enable", "simd", "-O3"], { stdio: ["ignore", 2, "inherit"] });
    return status === 0;
  });
}

/** A text that changes whenever a source file does: names, sizes and times of all of them, hashed. */
function sourceState() {
  const hash = createHash("sha256");
  const visit = (dir) => {
    for (const entry of readdirSync(dir, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) {
        visit(path);
        continue;
      }
      const { size, mtimeMs } = statSync(path);
      hash.update(`${path}\0${size}\0${mtimeMs}\n`);
    }
  };
  for (const folder of ["src", "assembly"]) visit(join(root, folder));
  for (const name of ["tsconfig.json", "tsconfig.build.json"]) hash.update(readFileSync(join(root, name)));
  return hash.digest("hex");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(buildWhenStale() ? 0 : 1);
