// Files for those who run or report: read, since neither systemd nor a container engine runs here. And the promises of docs/security.md and docs/privacy.md.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { packageRoot } from "../../../src/core/package-info.js";
import { makeTempFolder } from "../../support/temp-folder.js";

const read = (path: string) => readFileSync(join(packageRoot, path), "utf8");

it("the unit takes what a service can do without", () => {
  const lines = read("packaging/emostream.service").split("\n");
  for (const line of [
    "DynamicUser=yes", "CapabilityBoundingSet=", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes",
    "ProtectProc=invisible", "ProtectKernelModules=yes", "RestrictNamespaces=yes", "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
    "SystemCallFilter=@system-service", "LimitCORE=0", "StateDirectoryMode=0700", "StandardOutput=null",
  ]) expect(lines).toContain(line);
  expect(lines.find((line) => line.startsWith("MemoryMax="))).toMatch(/^MemoryMax=\d+G$/);
  expect(lines.find((line) => line.startsWith("IPAddressDeny="))).toContain("169.254.0.0/16 fe80::/10");
});

it("the unit starts a server anew that ended itself, also by a signal", () => {
  expect(read("packaging/emostream.service").split("\n")).toContain("Restart=on-failure");
});

it("the image runs as a user without rights, from Debian and what the repository holds", () => {
  const lines = read("packaging/Dockerfile").split("\n");
  expect(lines.filter((line) => line.startsWith("FROM ")).map((line) => line.split(" ")[1])).toEqual(["debian:trixie-slim", "debian:trixie-slim"]);
  expect(lines.findLast((line) => line.startsWith("USER "))).toBe("USER 10001:10001");
  for (const line of lines.filter((text) => text.startsWith("COPY --from=build "))) {
    const path = line.split(" ")[2]!.replace("/opt/emostream/", "");
    expect([path, path === "dist" || existsSync(join(packageRoot, path))]).toEqual([path, true]);
  }
});

it("what the image is built from suffices to build, and what it is made of to analyse a picture", { timeout: 120_000 }, async () => {
  await using folder = await makeTempFolder();
  const context = join(folder.path, "build");
  const image = join(folder.path, "image");
  // As npm ci leaves them.
  for (const place of [context, image]) {
    mkdirSync(place);
    symlinkSync(join(packageRoot, "node_modules"), join(place, "node_modules"));
  }
  for (const line of read("packaging/Dockerfile.dockerignore").split("\n").filter((text) => text.startsWith("!"))) cpSync(join(packageRoot, line.slice(1)), join(context, line.slice(1)), { recursive: true });
  const built = spawnSync(process.execPath, ["scripts/build.mjs"], { cwd: context, encoding: "utf8" });
  expect([built.status, built.stdout]).toEqual([0, ""]);
  for (const [, path] of read("packaging/Dockerfile").matchAll(/^COPY --from=build \/opt\/emostream\/(\S+)/gm)) if (path !== "node_modules") cpSync(join(context, path!), join(image, path!), { recursive: true });
  const { status, stdout, stderr } = spawnSync(process.execPath, ["dist/cli/main.js", "predict", "assets/demo/faces/happiness.png", "--format", "jsonl"], { cwd: image, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toContain('"label":"happiness"');
});

it.each([["docs/security.md", 40], ["docs/privacy.md", 9]])("every test that %s names is there", (page, atLeast) => {
  const text = read(page);
  const cited = [...text.matchAll(/\[(test\/[^\]]+)\]\(\.\.\/([^)]+)\)((?:,? "[^"]+")+)/g)];
  expect(cited.length).toBeGreaterThan(atLeast);
  // no row of the two tables goes without a test, or a reason
  expect(text.split("\n").filter((line) => line.includes("](../test/") && !/\]\(\.\.\/test\/[^)]+\) "/.test(line))).toEqual([]);
  for (const [, shown, path, titles] of cited) {
    expect(shown).toBe(path);
    const source = read(path!);
    for (const [, title] of titles!.matchAll(/"([^"]+)"/g)) expect(source, `${path}: ${title}`).toMatch(new RegExp(`^ *(?:(?:it|test)\\(|\\]\\)\\(|(?:it|test)\\.each.*\\)\\()"${title!.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}"`, "m"));
  }
});
