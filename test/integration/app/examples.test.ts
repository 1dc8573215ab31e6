// The examples of the README and the package as a stranger gets it: run as they are, against a real server.

import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageRoot } from "../../../src/core/package-info.js";
import { startServer, type ServerProcess } from "../../support/server-process.js";

const python = "/usr/bin/python3";
const hasPython = spawnSync(python, ["-c", "import websockets"]).status === 0;
const facePattern = /^demo face \d+: (anger|disgust|fear|happiness|sadness|surprise|neutral) \d+ ?%$/m;

let server: ServerProcess;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "emostream-examples-"));
  server = await startServer({ args: ["--demo"] });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

describe("examples", () => {
  test("TypeScript subscriber", async () => {
    execFileSync(process.execPath, [join(packageRoot, "node_modules/typescript/bin/tsc"), "-p", join(packageRoot, "examples")]);
    await expectLine(spawn(process.execPath, [join(packageRoot, "examples/dist/subscribe.js"), server.url]), facePattern);
  });

  test.skipIf(!hasPython)("Python subscriber (skipped where python3-websockets is missing)", async () => {
    await expectLine(spawn(python, [join(packageRoot, "examples/subscribe.py"), `${server.url.replace("http", "ws")}/v1/feed`]), facePattern);
  });

  test.skipIf(!hasPython)("Python pusher: a folder of pictures of two sizes, one of them broken (skipped where python3-websockets is missing)", async () => {
    const folder = join(dir, "pictures");
    await mkdir(folder);
    const faces = join(packageRoot, "assets/demo/faces");
    for (const [name, side] of [["happiness", 60], ["neutral", 80], ["surprise", 60]] as const) {
      // Room around the face, as a photo has it.
      await sharp(join(faces, `${name}.png`)).extend({ top: side, bottom: side, left: side, right: side, background: "#808080" }).jpeg().toFile(join(folder, `${name}.jpg`));
    }
    const whole = await readFile(join(folder, "neutral.jpg"));
    await writeFile(join(folder, "zz-cut.jpg"), whole.subarray(0, whole.length - 400));
    const { stdout, stderr, status } = spawnSync(python, [join(packageRoot, "examples/push_folder.py"), folder, `${server.url.replace("http", "ws")}/v1/push`], { encoding: "utf8", timeout: 60_000 });
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    const lines = stdout.trim().split("\n").toSorted();
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^happiness\.jpg: happiness \d+%$/);
    // Which emotion the others show depends on the models; that each has its one face does not.
    expect(lines[1]).toMatch(/^neutral\.jpg: [a-z]+ \d+%$/);
    expect(lines[2]).toMatch(/^surprise\.jpg: [a-z]+ \d+%$/);
    expect(lines[3]).toMatch(/^zz-cut\.jpg: not analysed, /);
  });

  test("emostream watch prints one JSON message a line", async () => {
    await expectLine(spawn(process.execPath, [join(packageRoot, "dist/cli/main.js"), "watch", "--server", server.url, "--streams", "demo"]), /^\{"type":"frame","v":1,"streamId":"demo".*\}$/m);
  });

  test("emostream/client out of the packed tarball, typed", async () => {
    const packed = execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", dir], { cwd: packageRoot, encoding: "utf8" }).trim().split("\n").at(-1)!;
    execFileSync("tar", ["-xzf", join(dir, packed), "-C", dir]);
    const app = join(dir, "app");
    execFileSync("mkdir", ["-p", join(app, "node_modules")]);
    execFileSync("mv", [join(dir, "package"), join(app, "node_modules/emostream")]);
    // What npm would install beside it.
    for (const name of ["ws", "zod", "@types"]) execFileSync("ln", ["-s", join(packageRoot, "node_modules", name), join(app, "node_modules", name)]);
    await writeFile(join(app, "package.json"), '{"type":"module"}');
    await writeFile(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions: { strict: true, module: "NodeNext", target: "ES2022", lib: ["ES2023", "ESNext.Disposable"], types: ["node"], outDir: "out", skipLibCheck: true }, include: ["*.ts"] }));
    await writeFile(join(app, "app.ts"), await readFile(join(packageRoot, "examples/subscribe.ts"), "utf8"));
    execFileSync(process.execPath, [join(packageRoot, "node_modules/typescript/bin/tsc"), "-p", app]);
    await expectLine(spawn(process.execPath, [join(app, "out/app.js"), server.url], { cwd: app }), facePattern);
  });
});

/** Waits until the program printed a line that fits, then ends it. */
async function expectLine(child: ChildProcess, pattern: RegExp): Promise<void> {
  let text = "";
  const closed = once(child, "close");
  try {
    await new Promise<void>((resolve, reject) => {
      const take = (chunk: Buffer) => {
        text += chunk.toString();
        if (pattern.test(text)) resolve();
      };
      child.stdout!.on("data", take);
      child.stderr!.on("data", take);
      child.once("close", (code) => reject(new Error(`ended with ${code} before a line fitted ${String(pattern)}: ${text.slice(0, 2000)}`)));
      setTimeout(() => reject(new Error(`no line fitted ${String(pattern)}: ${text.slice(0, 2000)}`)), 40_000).unref();
    });
  } finally {
    child.kill("SIGTERM");
    await closed;
  }
}
