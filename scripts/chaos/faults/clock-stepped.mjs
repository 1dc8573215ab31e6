import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { httpCamera } from "../support/cameras.mjs";
import { fakeClock } from "../support/fake-clock.mjs";
import { sleep, until } from "../support/wait.mjs";

const hour = 3600;
const day = 24 * hour;

export default {
  name: "clock-stepped",
  does: "The system's clock is set an hour forward, a day back, a month forward and right again, under server and decoder.",
  needs: ["faketime"],
  async run(t) {
    const clock = join(t.folder, "clock");
    const step = (seconds) => writeFileSync(clock, `${seconds < 0 ? "-" : "+"}${Math.abs(seconds)}\n`);
    step(0);
    const camera = await httpCamera(t);
    const server = await t.serve({ ingest: { stallAfterMs: 3000, stallTimeoutMs: 9000 } }, { env: fakeClock(clock) });
    await server.add("cam", camera.url);
    await server.analyses("cam", 10);
    const states = server.feed.states.length;
    for (const seconds of [hour, -day, 30 * day, 0]) {
      step(seconds);
      // Node writes this header anew once a second.
      await until(`a server whose clock is ${seconds} s off`, async () => Math.abs((await told(server)) - Date.now() - seconds * 1000) < 10_000);
      await sleep(1000);
      const { state } = await server.analyses("cam", 20);
      t.holds(`the stream stays live at ${seconds} s`, state === "live", state);
      const apartMs = server.feed.receivedAt.get("cam") - Date.now() - seconds * 1000;
      t.holds(`frames are received by a clock that is ${seconds} s off`, Math.abs(apartMs) < 10_000, apartMs);
    }
    t.holds("no state was left on the way", server.feed.states.slice(states).every((s) => s.state === "live"), server.feed.states.slice(states));
    // A camera that fails under a stepped clock comes back as under any other: waiting is counted on the monotonic clock.
    step(-day);
    camera.mode = "refuse";
    camera.drop();
    await server.state("cam", "reconnecting");
    step(hour);
    camera.mode = "send";
    await server.back("cam");
  },
};

/** What the server takes for the time, milliseconds since 1970. */
async function told(server) {
  const response = await fetch(`${server.url}/healthz`);
  await response.body?.cancel();
  return Date.parse(response.headers.get("date"));
}
