import { execFileSync } from "node:child_process";
import { connect } from "node:net";
import { once } from "node:events";
import { httpCamera } from "../support/cameras.mjs";
import { until } from "../support/wait.mjs";

export default {
  name: "descriptors-used-up",
  does: "The server may open no further file (prlimit) while its decoder dies and clients come; then it may again.",
  needs: ["prlimit"],
  async run(t) {
    const camera = await httpCamera(t);
    const server = await t.watch(camera.url);
    const allow = (files) => execFileSync("prlimit", ["--pid", String(server.pid), `--nofile=${files}:`]);
    allow(10);
    for (const child of server.decoders()) process.kill(child.pid, "SIGKILL");
    await until("the reason resources_exhausted", () => server.feed.states.some((s) => s.code === "resources_exhausted"));
    for (let i = 0; i < 20; i += 1) {
      const client = connect(Number(new URL(server.url).port), "127.0.0.1");
      client.on("error", () => undefined); // it may be cut off
      await once(client, "connect");
      client.destroy();
    }
    t.holds("the server lives", server.running);
    allow(4096);
    await server.back("cam");
    t.holds("there is one decoder", server.decoders().length === 1, server.decoders());
    t.holds("and it answers", (await server.request("GET", "/healthz")).status === 200);
  },
};
