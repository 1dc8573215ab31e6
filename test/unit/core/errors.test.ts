import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AppError, errorCodes, toAppError } from "../../../src/core/errors.js";
import { packageRoot } from "../../../src/core/package-info.js";

describe("error codes", () => {
  test("docs/errors.md explains every code and no other", async () => {
    const text = await readFile(join(packageRoot, "docs/errors.md"), "utf8");
    const documented = [...text.matchAll(/^\| `([a-z_]+)` \|/gm)].map((m) => m[1]);
    expect(documented.toSorted()).toEqual(Object.keys(errorCodes).toSorted());
  });

  test.each([
    ["ENOSPC", "disk_full"],
    ["EDQUOT", "disk_full"],
    ["EMFILE", "resources_exhausted"],
    ["EAGAIN", "resources_exhausted"],
    ["EROFS", "write_failed"],
    ["EACCES", "write_failed"],
    ["EADDRINUSE", "address_in_use"],
    ["ABORT_ERR", "cancelled"],
    ["EWHATEVER", "internal"],
  ])("a system error %s becomes %s and keeps its cause", (system, code) => {
    const cause = Object.assign(new Error("secret path"), { code: system });
    const error = toAppError(cause);
    expect(error.code).toBe(code);
    expect(error.cause).toBe(cause);
    expect(error.message).not.toContain("secret path");
    expect(error.detail).toBe("secret path");
  });

  test("an AppError passes through, anything else is internal", () => {
    const error = new AppError("timeout", "slow");
    expect(toAppError(error)).toBe(error);
    expect(toAppError("text").code).toBe("internal");
    expect(toAppError(undefined).code).toBe("internal");
  });
});
