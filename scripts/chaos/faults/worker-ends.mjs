import { copyFileSync, cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { httpCamera } from "../support/cameras.mjs";
import { root } from "../support/server.mjs";
import { sleep, until } from "../support/wait.mjs";

export default {
  name: "worker-ends",
  does: "An inference worker throws, exits, runs out of memory; and every worker ends over one and the same picture.",
  async run(t) {
    const install = join(t.folder, "install");
    mkdirSync(install);
    cpSync(join(root, "dist"), join(install, "dist"), { recursive: true });
    for (const name of ["models", "web", "node_modules", "package.json"]) symlinkSync(join(root, name), join(install, name));
    copyFileSync(join(root, "scripts/chaos/support/mortal-worker.mjs"), join(install, "dist/inference/worker.js"));
    const camera = await httpCamera(t);
    const server = await t.serve({ engine: { name: "emostream", workers: 2 } }, { install });
    await server.add("cam", camera.url);
    await server.analyses("cam");
    const deaths = () => server.said().match(/inference worker ended unexpectedly/g)?.length ?? 0;
    for (const [i, colour] of ["red", "green", "blue"].entries()) {
      await showUntil(camera, colour, () => deaths() > i);
      await server.analyses("cam");
      const { state, counters } = await server.stream("cam");
      t.holds(`${colour}: another worker took the picture over`, state === "live" && counters.dropped.poisonous + counters.dropped.worker_lost + counters.dropped.engine_failed === 0, counters);
    }
    t.holds("the log says which ran out of memory", server.said().includes("ERR_WORKER_OUT_OF_MEMORY"));
    await showUntil(camera, "yellow", async () => (await server.stream("cam")).counters.dropped.poisonous > 0);
    await server.analyses("cam");
    const { state, reason } = await server.stream("cam");
    t.holds("a poisonous picture is skipped, and the stream goes on", state === "live" && reason === undefined, reason);
    t.note("deaths", deaths());
  },
};

/** One picture of that colour a second: a live stream may leave any one of them out. */
async function showUntil(camera, colour, probe) {
  await until(`the effect of ${colour}`, async () => {
    await camera.flash(colour);
    for (let i = 0; i < 20; i += 1) {
      if (await probe()) return true;
      await sleep(50);
    }
    return false;
  });
}
