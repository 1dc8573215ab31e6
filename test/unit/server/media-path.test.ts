import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectedMediaPath, resolveMediaPath } from "../../../src/server/media-path.js";

let dir = "";
let root = "";

beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), "emostream-media-")));
  root = join(dir, "media");
  await mkdir(join(root, "sub"), { recursive: true });
  await mkdir(join(dir, "media-other"));
  await writeFile(join(root, "a.mp4"), "");
  await writeFile(join(root, "sub/b.mp4"), "");
  await writeFile(join(root, "..c.mp4"), "");
  await writeFile(join(dir, "media-other/d.mp4"), "");
  await symlink(join(root, "a.mp4"), join(root, "inside.mp4"));
  await symlink(join(dir, "media-other"), join(root, "outside"));
  await symlink(root, join(dir, "link-to-root"));
});
afterAll(() => rm(dir, { recursive: true }));

it.each([
  ["a.mp4", "a.mp4"],
  ["./sub/../a.mp4", "a.mp4"],
  ["sub/b.mp4", "sub/b.mp4"],
  ["..c.mp4", "..c.mp4"],
  ["inside.mp4", "a.mp4"],
])("finds %s", async (text, file) => {
  expect(await resolveMediaPath(text, root)).toBe(join(root, file));
});

it("takes absolute paths, and roots that are links", async () => {
  expect(await resolveMediaPath(join(root, "a.mp4"), root)).toBe(join(root, "a.mp4"));
  expect(await resolveMediaPath("a.mp4", join(dir, "link-to-root"))).toBe(join(root, "a.mp4"));
  expect(await resolveMediaPath(join(root, "a.mp4"), join(dir, "link-to-root"))).toBe(join(root, "a.mp4"));
});

it.each(["..", ".", "", "../media-other/d.mp4", "sub/../../media-other/d.mp4", "outside/d.mp4", "/etc/passwd", "a.mp4\0.txt"])("refuses %j", async (text) => {
  await expect(resolveMediaPath(text, root)).rejects.toMatchObject({ code: "outside_media_root" });
});

it("says not_found for what could be there", async () => {
  await expect(resolveMediaPath("z.mp4", root)).rejects.toMatchObject({ code: "not_found" });
  await expect(resolveMediaPath("a.mp4", join(dir, "nothing"))).rejects.toMatchObject({ code: "not_found" });
  expect(expectedMediaPath("z.mp4", root)).toBe(join(root, "z.mp4"));
  expect(() => expectedMediaPath("../z.mp4", root)).toThrow(expect.objectContaining({ code: "outside_media_root" }));
});
