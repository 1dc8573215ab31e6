import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { httpCamera, makeClip } from "../support/cameras.mjs";
import { until } from "../support/wait.mjs";

const megabytes = 3;

export default {
  name: "disk-full",
  does: "The disk of uploads and results is full, then read-only, then well again, during uploads, exports and changes of the state.",
  needs: ["root"],
  async run(t) {
    const disk = join(t.folder, "disk");
    mkdirSync(disk);
    const mount = (...options) => execFileSync("mount", ["-t", "tmpfs", "-o", [`size=${megabytes}m`, ...options].join(","), "none", disk]);
    mount();
    t.defer(() => execFileSync("umount", ["-l", disk]));
    const camera = await httpCamera(t);
    const server = await t.serve({ server: { workDir: join(disk, "work"), stateFile: join(disk, "state.json") } });
    const files = () => readdirSync(disk, { recursive: true, withFileTypes: true }).filter((e) => e.isFile()).map((e) => e.name);
    const upload = async (bytes) => {
      const response = await fetch(`${server.url}/v1/analyses?name=clip.mp4&formats=jsonl`, { method: "POST", headers: { "content-type": "video/mp4" }, body: bytes });
      return { status: response.status, body: await response.json() };
    };
    await server.add("cam", camera.url);
    await server.analyses("cam");

    const large = await upload(Buffer.alloc((megabytes + 2) * 1024 * 1024, 7));
    t.holds("an upload that does not fit is refused with disk_full", large.status === 507 && large.body.code === "disk_full", large);
    t.holds("nothing of it is left", !files().some((name) => name.endsWith(".part") || name === "clip.mp4"), files());

    makeClip(join(t.folder, "media/clip.mp4"), { fps: 25, seconds: 40 });
    const filler = join(disk, "filler");
    writeFileSync(filler, Buffer.alloc(megabytes * 1024 * 1024 - 100_000));
    const { body: export1 } = await server.request("POST", "/v1/analyses", { path: "clip.mp4", formats: ["jsonl", "csv"] });
    const over = await until("the end of the analysis", async () => {
      const { body } = await server.request("GET", `/v1/analyses/${export1.id}`);
      return ["failed", "done"].includes(body.state) ? body : undefined;
    });
    t.holds("an export that does not fit fails with disk_full", over.state === "failed" && over.reason?.code === "disk_full", over);
    t.holds("no result stands under its final name, none half written", over.results.length === 0 && !files().some((n) => /^\.part-|\.(?:jsonl|csv)$/.test(n)), files());

    execFileSync("mount", ["-o", "remount,ro", disk]);
    const readOnly = await upload(Buffer.alloc(1000));
    t.holds("a read-only disk is write_failed", readOnly.body.code === "write_failed", readOnly);
    const refused = await server.request("POST", "/v1/streams", { id: "other", source: camera.url });
    t.holds("a stream that would be forgotten is refused", refused.body.code === "write_failed", refused);
    t.holds("and is not there", (await server.request("GET", "/v1/streams/other")).status === 404);
    await server.analyses("cam");
    t.holds("the stream that runs goes on", (await server.stream("cam")).state === "live");

    execFileSync("mount", ["-o", `remount,rw,size=${megabytes * 10}m`, disk]);
    await server.add("other", camera.url);
    const { body: export2 } = await server.request("POST", "/v1/analyses", { path: "clip.mp4", formats: ["jsonl"] });
    const done = await until("an analysis that works again", async () => {
      const { body } = await server.request("GET", `/v1/analyses/${export2.id}`);
      return ["failed", "done"].includes(body.state) ? body : undefined;
    });
    t.holds("with room again all works", done.state === "done" && done.frames === 1000, done);
  },
};
