import { join } from "node:path";
import sharp from "sharp";
import { httpCamera } from "../support/cameras.mjs";
import { writeEndlessModel } from "../support/endless-model.mjs";
import { descendants, isAlive } from "../support/processes.mjs";
import { root } from "../support/server.mjs";
import { sleep, until } from "../support/wait.mjs";

export default {
  name: "worker-hangs",
  does: "The server is stopped for a while (SIGSTOP). Then its emotion model never answers (an ONNX loop without end): the worker with the first face is set aside, with the second the process ends.",
  async run(t) {
    const face = await sharp(join(root, "assets/demo/faces/happiness.png")).resize(200, 200).toBuffer();
    const camera = await httpCamera(t, { width: 320, height: 240 });
    const engine = { name: "emostream", workers: 1, hungAfterMs: 3000, emotionModel: writeEndlessModel(join(t.folder, "endless")) };
    const server = await t.serve({ engine, analysis: { maxSide: 320, largeMaxSide: 0 } });
    await server.add("cam", camera.url);
    await server.analyses("cam");
    server.child.kill("SIGSTOP");
    await sleep(1.5 * engine.hungAfterMs);
    server.child.kill("SIGCONT");
    await server.analyses("cam");
    const slept = await server.stream("cam");
    t.holds("a server that was stopped for longer takes no worker for hung", slept.counters.dropped.worker_hung === 0, slept.counters);
    await showOnce(camera, face, server, async () => (await server.stream("cam")).counters.dropped.worker_hung > 0);
    await server.analyses("cam");
    const { state, counters } = await server.stream("cam");
    t.holds("its picture is dropped for that reason, and another worker goes on", state === "live" && counters.dropped.worker_hung === 1, [state, counters]);
    const children = descendants(server.pid);
    await showOnce(camera, face, server, () => !server.running);
    t.holds("it ends itself, and not with 0", server.child.signalCode === "SIGKILL", [server.child.exitCode, server.child.signalCode]);
    t.holds("it says why", /"level":60[^\n]*"code":"worker_hung"/.test(server.said()));
    await until("the end of every child", () => !children.some(isAlive), 10_000);
    t.holds("every message on the feed was right", server.feed.violations.length === 0, server.feed.violations);
    const again = await t.serve({ engine: { name: "noop" } });
    await again.state("cam", "live");
    t.holds("started anew, its stream is back", true);
  },
};

/** Shows the face in one picture, and again only where a live stream left that one out: others were analysed after it. */
async function showOnce(camera, face, server, isOver) {
  await until("the effect of a face", async () => {
    const { counters } = await server.stream("cam");
    await camera.flash(face);
    return until("the effect, or further pictures", async () => {
      if (await isOver()) return "over";
      const now = await server.stream("cam").catch(() => undefined); // it may end while it is asked
      return now !== undefined && now.counters.analysed > counters.analysed + 15 ? "again" : undefined;
    }).then((what) => what === "over");
  });
}
