import { spawn } from "node:child_process";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { httpCamera, makeClip } from "../support/cameras.mjs";
import { until } from "../support/wait.mjs";

const delayMs = 100;
const slowCalls = "write,pwrite64,fsync,fdatasync,rename";

export default {
  name: "disk-slow",
  does: `Every write, fsync and rename of a file takes ${delayMs} ms longer (strace) during an upload and an export.`,
  needs: ["strace"],
  async run(t) {
    const camera = await httpCamera(t);
    const work = join(t.folder, "work");
    const server = await t.serve({ server: { workDir: work } });
    await server.add("cam", camera.url);
    await server.analyses("cam");
    const clip = join(t.folder, "clip.mp4");
    makeClip(clip, { fps: 25, seconds: 4 });

    // Node does files on other threads than its main one, which is the one that answers clients.
    const threads = readdirSync(`/proc/${server.pid}/task`).filter((id) => id !== String(server.pid));
    const slow = spawn("strace", ["-qq", "-o", join(t.folder, "strace.txt"), "-e", `trace=${slowCalls}`, "-e", `inject=${slowCalls}:delay_enter=${delayMs * 1000}`, ...threads.flatMap((id) => ["-p", id])], { stdio: "ignore" });
    t.defer(() => slow.kill("SIGINT"));
    await until("strace to hold a thread", () => threads.some((id) => /^TracerPid:\s+[1-9]/m.test(readFileSync(`/proc/${server.pid}/task/${id}/status`, "utf8"))));

    const response = await fetch(`${server.url}/v1/analyses?name=clip.mp4&formats=jsonl,csv`, { method: "POST", headers: { "content-type": "video/mp4" }, body: readFileSync(clip) });
    const { id } = await response.json();
    t.holds("a slow upload is taken", response.status === 201 || response.status === 202, response.status);
    const firstSizes = new Map();
    const results = () => readdirSync(work, { recursive: true }).filter((name) => /\.(?:jsonl|csv)$/.test(name) && !name.includes(".part"));
    const over = await until("the end of the analysis", async () => {
      for (const name of results()) if (!firstSizes.has(name)) firstSizes.set(name, statSync(join(work, name)).size);
      const { body } = await server.request("GET", `/v1/analyses/${id}`);
      return ["failed", "done"].includes(body.state) ? body : undefined;
    });
    t.holds("the export is done, with every frame", over.state === "done" && over.frames === 100, over);
    t.holds("a name that could be seen was a file that was whole", firstSizes.size > 0 && [...firstSizes].every(([name, size]) => statSync(join(work, name)).size === size), [...firstSizes]);
    t.holds("the live stream went on", (await server.stream("cam")).state === "live");
    await server.analyses("cam");
    t.note("slowCalls", readFileSync(join(t.folder, "strace.txt"), "utf8").split("\n").length);
  },
};
