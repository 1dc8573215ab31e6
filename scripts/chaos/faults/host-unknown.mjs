import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { httpCamera, rtspCamera } from "../support/cameras.mjs";

const host = "camera.emostream.test";

export default {
  name: "host-unknown",
  does: "Nobody knows the cameras' host name; later somebody does. The server sees a hosts file of its own.",
  needs: ["root", "rtsp"],
  async run(t) {
    const hosts = join(t.folder, "hosts");
    const known = "127.0.0.1 localhost\n";
    writeFileSync(hosts, known);
    const [http, rtsp] = [await httpCamera(t), await rtspCamera(t)];
    const server = await t.serve({}, { within: ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', hosts] });
    await server.add("http", http.url.replace("127.0.0.1", host));
    await server.add("rtsp", rtsp.url.replace("127.0.0.1", host));
    for (const id of ["http", "rtsp"]) {
      const away = await server.state(id, "reconnecting");
      t.holds(`${id}: the reason is that nobody knows it`, ["not_found", "unreachable"].includes(away.reason?.code), away.reason);
    }
    writeFileSync(hosts, `${known}127.0.0.1 ${host}\n`);
    await Promise.all([server.back("http"), server.back("rtsp")]);
  },
};
