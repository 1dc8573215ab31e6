// Behind `npm run setup:training`: makes @tensorflow/tfjs-node work in this clone. It is no dependency of the package, since its
// installer downloads hundreds of megabytes that serving never needs. Two ways: npm's own installer, and where that cannot
// download or compile, the libtensorflow inside PyPI's tensorflow-cpu wheel (a C library; no Python runs in training).
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const tfjsVersion = "4.22.0";
/** Newest with the C API in libtensorflow_cc.so.2 that tfjs-node 4.22 compiles against; its wheels exist for these two machines. */
const wheelVersion = "2.15.1";
const wheelPlatforms = { x64: "manylinux_2_17_x86_64", arm64: "manylinux_2_17_aarch64" };
const npmWayTimeoutMs = 10 * 60_000;
const addon = join(root, "node_modules/@tensorflow/tfjs-node");
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), `libtensorflow-${wheelVersion}`);

if (works()) done("is installed and works already");
say(`installing @tensorflow/tfjs-node@${tfjsVersion} (not saved to package.json)`);
if (run("npm", ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", `@tensorflow/tfjs-node@${tfjsVersion}`]) !== 0) fail("npm install failed; see above");
if (!process.argv.includes("--wheel")) {
  say("its own installer downloads libtensorflow (some hundred megabytes)");
  const installed = spawnSync("npm", ["run", "install", "--loglevel=error"], { cwd: addon, stdio: "ignore", timeout: npmWayTimeoutMs }).status === 0;
  if (installed && works()) done("installed by npm");
  say("that did not work here; taking libtensorflow from PyPI's tensorflow-cpu wheel");
}
fetchLibrary();
compileAddon();
if (!works()) fail("the addon was compiled and does not load; try: node -e \"require('@tensorflow/tfjs-node')\"");
done("compiled against libtensorflow of the wheel");

/** Whether a sum comes out right, in a process of its own: a half-installed addon may abort. */
function works() {
  const program = "const tf=require('@tensorflow/tfjs-node');if(tf.tensor([2]).square().dataSync()[0]!==4||tf.getBackend()!=='tensorflow')process.exit(1)";
  return existsSync(addon) && spawnSync(process.execPath, ["-e", program], { cwd: root, stdio: "ignore", env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: "2" } }).status === 0;
}

/** Puts libtensorflow and its headers into the cache folder, shared by all clones of this user. */
function fetchLibrary() {
  if (existsSync(join(cache, "lib/libtensorflow.so.2"))) return;
  const platform = process.platform === "linux" ? wheelPlatforms[process.arch] : undefined;
  if (platform === undefined) fail(`expected Linux on x64 or arm64 for the wheel, this is ${process.platform} on ${process.arch}`);
  const python = ["python3", "python"].find((p) => spawnSync(p, ["-m", "pip", "--version"], { stdio: "ignore" }).status === 0);
  if (python === undefined) fail("expected python3 with pip to fetch the wheel. On Debian: apt-get install -y python3-pip build-essential");
  const scratch = mkdtempSync(join(tmpdir(), "emostream-wheel-"));
  try {
    const download = ["-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "--python-version", "3.11", "--platform", platform, "-d", scratch, `tensorflow-cpu==${wheelVersion}`];
    if (run(python, download) !== 0) fail("the wheel could not be downloaded; see above");
    // A wheel is a zip file; Python is here anyway, unzip may not be.
    const unpack = "import glob,sys,zipfile\nz=zipfile.ZipFile(glob.glob(sys.argv[1]+'/*.whl')[0])\nz.extractall(sys.argv[1],[n for n in z.namelist() if n.startswith('tensorflow/include/') or n in ('tensorflow/libtensorflow_cc.so.2','tensorflow/libtensorflow_framework.so.2')])";
    if (run(python, ["-c", unpack, scratch]) !== 0) fail("the wheel could not be unpacked; see above");
    const part = `${cache}.${process.pid}`;
    mkdirSync(join(part, "lib"), { recursive: true });
    const from = join(scratch, "tensorflow");
    move(join(from, "include"), join(part, "include"));
    move(join(from, "libtensorflow_cc.so.2"), join(part, "lib/libtensorflow_cc.so.2"));
    move(join(from, "libtensorflow_framework.so.2"), join(part, "lib/libtensorflow_framework.so.2"));
    for (const [link, target] of [["libtensorflow.so.2", "libtensorflow_cc.so.2"], ["libtensorflow.so", "libtensorflow.so.2"], ["libtensorflow_framework.so", "libtensorflow_framework.so.2"]]) symlinkSync(target, join(part, "lib", link));
    rmSync(cache, { recursive: true, force: true });
    renameSync(part, cache);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function compileAddon() {
  rmSync(join(addon, "deps"), { recursive: true, force: true });
  mkdirSync(join(addon, "deps"));
  symlinkSync(join(cache, "lib"), join(addon, "deps/lib"));
  symlinkSync(join(cache, "include"), join(addon, "deps/include"));
  const npm = spawnSync("npm", ["root", "-g"], { encoding: "utf8" }).stdout.trim();
  const gyp = [join(npm, "npm/node_modules/node-gyp/bin/node-gyp.js"), join(dirname(realpathSync(process.execPath)), "../lib/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js")].find((f) => existsSync(f));
  if (gyp === undefined) fail("expected node-gyp inside npm's own folder");
  const headers = join(dirname(realpathSync(process.execPath)), "..");
  // Without headers beside node (a bare binary), node-gyp downloads them.
  const nodedir = existsSync(join(headers, "include/node/node_api.h")) ? [`--nodedir=${headers}`] : [];
  const flags = ["--module_name=tfjs_binding", `--module_path=${join(addon, "lib/napi-v8")}`, "--napi_build_version=8", "--napi_version=9", "--node_abi_napi=napi"];
  say("compiling the addon (needs g++ and make; on Debian: apt-get install -y build-essential)");
  const built = spawnSync(process.execPath, [gyp, "configure", "build", ...nodedir, ...flags], { cwd: addon, encoding: "utf8" });
  if (built.status !== 0) fail(`the addon did not compile:\n${`${built.stdout}${built.stderr}`.split("\n").slice(-20).join("\n")}`);
}

/** Renames, or copies where the cache lies on another file system. */
function move(from, to) {
  if (spawnSync("mv", [from, to], { stdio: "inherit" }).status !== 0) fail(`could not move ${from}`);
}

function run(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ["ignore", 2, "inherit"] });
  if (error) say(error.message);
  return status ?? 1;
}

function done(how) {
  say(`@tensorflow/tfjs-node ${how}`);
  process.exit(0);
}

function say(text) {
  process.stderr.write(`emostream: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}
