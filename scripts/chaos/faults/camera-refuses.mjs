import { httpCamera } from "../support/cameras.mjs";

export default {
  name: "camera-refuses",
  does: "Nothing listens where the camera should be; a good while later it does.",
  async run(t) {
    const camera = await httpCamera(t);
    await camera.close();
    const server = await t.serve();
    await server.add("cam", camera.url);
    const away = await server.state("cam", "reconnecting");
    t.holds("the reason is refused", away.reason?.code === "refused", away.reason);
    t.holds("the next attempt has a time", typeof away.nextTryAt === "string");
    await httpCamera(t, { port: camera.port });
    const back = await server.back("cam");
    t.holds("live without a reason, and its failures forgotten", back.reason === undefined && back.attempt === 0, back);
  },
};
