// On another address than loopback nobody goes without a token by oversight.

import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startServer, type TestServer } from "./support/test-server.js";

const everywhere = { host: "0.0.0.0" };

async function statusOf(test: TestServer, token?: string): Promise<number> {
  return (await fetch(`${test.url}/v1/streams`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })).status;
}

it("makes one at the first start, tells it once and keeps only hashes, for the owner's eyes", async () => {
  await using test = await startServer({ server: everywhere });
  const token = test.server.madeToken ?? "";
  expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect([await statusOf(test), await statusOf(test, token)]).toEqual([401, 200]);
  const cookie = ((await fetch(`${test.url}/?token=${token}`, { redirect: "manual" })).headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const folder = join(test.dir, "state");
  expect((await stat(join(folder, "token.json"))).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  for (const name of await readdir(folder)) {
    const text = await readFile(join(folder, name), "utf8");
    expect(text).not.toContain(token);
    expect(text).not.toContain(cookie.split("=")[1]);
  }
  await using again = await test.restart();
  expect(again.server.madeToken).toBeUndefined();
  expect([await statusOf(again), await statusOf(again, token)]).toEqual([401, 200]);
  expect((await fetch(`${again.url}/v1/streams`, { headers: { cookie } })).status).toBe(200);
});

it("needs none on loopback, where it is configured, or with server.insecure", async () => {
  for (const [server, status] of [[{}, 200], [{ host: "localhost" }, 200], [{ ...everywhere, insecure: true }, 200], [{ ...everywhere, token: "configured" }, 401]] as const) {
    await using test = await startServer({ server });
    expect([test.server.madeToken, await statusOf(test), (await readdir(test.dir)).includes("state")]).toEqual([undefined, status, false]);
  }
});

it("makes one beside a view token, also on loopback", async () => {
  await using test = await startServer({ server: { viewToken: "only-to-look" } });
  expect([await statusOf(test), await statusOf(test, "only-to-look"), await statusOf(test, test.server.madeToken)]).toEqual([401, 200, 200]);
});

it("does not start with a hash that cannot be read, or that cannot be kept", async () => {
  await using test = await startServer({ server: everywhere });
  const file = join(test.dir, "state/token.json");
  for (const text of ["", "{}", '{"version":1,"token":"00","cookie":"00"}']) {
    await writeFile(file, text);
    await expect(test.restart()).rejects.toMatchObject({ code: "invalid_config", message: expect.stringContaining(file) as unknown });
  }
  await writeFile(join(test.dir, "plain"), "");
  await expect(startServer({ server: { ...everywhere, stateFile: join(test.dir, "plain/state.json") } })).rejects.toMatchObject({ name: "AppError" });
});
