import { readFileSync } from "node:fs";
import { join } from "node:path";
import { httpCamera } from "../support/cameras.mjs";
import { runServer } from "../support/server.mjs";

export default {
  name: "second-server",
  does: "A second server is started on the same port, on the same state file, and on the same work folder.",
  async run(t) {
    const camera = await httpCamera(t);
    const server = await t.watch(camera.url);
    const state = readFileSync(join(t.folder, ".emostream/state.json"), "utf8");
    const port = Number(new URL(server.url).port);
    const elsewhere = join(t.folder, "elsewhere");
    const samePort = await runServer(elsewhere, { server: { port } });
    t.holds("the same port: address_in_use, 1", samePort.code === 1 && samePort.said.includes("address_in_use"), samePort);
    const sameState = await runServer(elsewhere, { server: { stateFile: join(t.folder, ".emostream/state.json") } });
    t.holds("the same state file: state_in_use, 1", sameState.code === 1 && sameState.said.includes("state_in_use"), sameState);
    const sameWork = await runServer(elsewhere, { server: { workDir: join(t.folder, ".emostream/analyses") } });
    t.holds("the same work folder: state_in_use, 1", sameWork.code === 1 && sameWork.said.includes("state_in_use"), sameWork);
    t.holds("the state is as it was", readFileSync(join(t.folder, ".emostream/state.json"), "utf8") === state);
    await server.analyses("cam");
    await server.stop("SIGKILL");
    const next = await t.serve();
    t.holds("after a kill nothing bars the way", (await next.streams()).length === 1);
  },
};
