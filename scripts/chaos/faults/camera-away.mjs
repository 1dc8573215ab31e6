import { httpCamera } from "../support/cameras.mjs";
import { sleep } from "../support/wait.mjs";

/** Ten minutes away with the default waiting times (0.5 to 30 s), all of it a fiftieth. */
const [awayMs, minDelayMs, maxDelayMs] = [12_000, 10, 600];

export default {
  name: "camera-away",
  does: "The camera refuses for ten minutes (scaled to 12 s, waiting times with it).",
  async run(t) {
    const camera = await httpCamera(t);
    const server = await t.serve({ reconnect: { minDelayMs, maxDelayMs } });
    await server.add("cam", camera.url);
    await server.analyses("cam");
    const before = camera.connections;
    camera.mode = "refuse";
    camera.drop();
    await sleep(awayMs);
    const tried = camera.connections - before;
    const away = await server.stream("cam");
    // Full waiting times less the jitter of 0.3; the first few are short.
    t.holds("it is tried no more often than its waiting times allow", tried <= awayMs / (maxDelayMs * 0.7) + 8, tried);
    t.holds("and goes on being tried", tried >= 3 && away.attempt >= 3, [tried, away.attempt]);
    camera.mode = "send";
    const back = await server.back("cam");
    t.holds("its failures are forgotten once it stays", back.reason === undefined, back.reason);
    t.note("tried", tried);
  },
};
