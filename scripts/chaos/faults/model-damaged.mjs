import { cpSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { httpCamera } from "../support/cameras.mjs";
import { root, runServer } from "../support/server.mjs";

export default {
  name: "model-damaged",
  does: "One byte of a model file changes on the disk while the server runs.",
  async run(t) {
    const models = join(t.folder, "models");
    for (const name of ["detector", "emotion"]) cpSync(join(root, "models", name), join(models, name), { recursive: true });
    const engine = { name: "emostream", workers: 1, detector: join(models, "detector"), emotionModel: join(models, "emotion") };
    const camera = await httpCamera(t, { fps: 2 });
    const server = await t.serve({ engine });
    await server.add("cam", camera.url);
    await server.analyses("cam", 3);
    for (const name of ["detector", "emotion"]) {
      const file = join(models, name, readdirSync(join(models, name)).find((f) => f.endsWith(".onnx")));
      const good = readFileSync(file);
      const bad = Buffer.from(good);
      bad[bad.length >> 1] ^= 0xff;
      writeFileSync(file, bad);
      await server.analyses("cam", 5);
      const { state, counters } = await server.stream("cam");
      t.holds(`${name}: what runs goes on`, state === "live" && counters.dropped.engine_failed === 0, counters);
      const next = await runServer(join(t.folder, `next-${name}`), { engine });
      t.holds(`${name}: the next start refuses it by its hash`, next.code === 1 && /SHA-256/.test(next.said) && next.said.includes("model_invalid"), next);
      writeFileSync(file, good);
    }
    const healed = await t.serve({ engine }, { folder: join(t.folder, "healed"), watch: false });
    t.holds("with the right bytes it starts", (await healed.request("GET", "/healthz")).status === 200);
  },
};
