import { mkdir, symlink } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { lockState } from "../../src/state-lock.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe.skipIf(process.platform !== "linux")("lockState", () => {
  it("gives a path to one, and to the next after its release", async () => {
    await using folder = await makeTempFolder();
    const path = folder.file("deep/state.json");
    const first = await lockState([path]);
    await expect(lockState([path])).rejects.toMatchObject({ code: "state_in_use", message: expect.stringContaining(path) as string });
    await first.release();
    await first.release();
    await (await lockState([path])).release();
  });

  it("gives back what it had taken when a later path is another's", async () => {
    await using folder = await makeTempFolder();
    const [free, taken] = [folder.file("free"), folder.file("taken")];
    const first = await lockState([taken]);
    await expect(lockState([free, taken])).rejects.toMatchObject({ code: "state_in_use" });
    const second = await lockState([free]);
    await Promise.all([first.release(), second.release()]);
  });

  it("knows a path by another name, and tells different ones apart", async () => {
    await using folder = await makeTempFolder();
    await mkdir(folder.file("real"));
    await symlink(folder.file("real"), folder.file("link"));
    const first = await lockState([folder.file("real/state.json")]);
    await expect(lockState([folder.file("link/state.json")])).rejects.toMatchObject({ code: "state_in_use" });
    const other = await lockState([folder.file("real/other.json")]);
    await Promise.all([first.release(), other.release()]);
  });
});
