// A TCP proxy between a decoder and a camera that can stop forwarding without a word, or damage what it forwards.
import { once } from "node:events";
import { connect, createServer } from "node:net";

/** `forget` closes the camera's side of all connections and says nothing to the other. `proxy.mode`: `pass`, `silent` (bytes are swallowed, connections stay) or `corrupt` (a tenth of the camera's bytes is changed). */
export async function startProxy(t, port, random) {
  const sockets = new Set();
  const cameraSide = new Set();
  const proxy = { mode: "pass", port: 0, damaged: 0 };
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    cameraSide.add(far);
    far.on("close", () => cameraSide.delete(far));
    for (const [from, to] of [[near, far], [far, near]]) {
      sockets.add(from);
      from.on("data", (chunk) => {
        if (proxy.mode === "silent") return;
        to.write(proxy.mode === "corrupt" && from === far ? damage(chunk) : chunk);
      });
      // A proxy that has gone silent says no goodbyes either.
      from.on("end", () => proxy.mode !== "silent" && to.end());
      from.on("error", () => to.destroy());
      from.on("close", () => sockets.delete(from));
    }
  });
  const damage = (chunk) => {
    const copy = Buffer.from(chunk);
    for (let i = 0; i < copy.length; i += 1) {
      if (random() >= 0.1) continue;
      copy[i] ^= 1 + Math.floor(random() * 255);
      proxy.damaged += 1;
    }
    return copy;
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy.port = server.address().port;
  proxy.cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  proxy.forget = () => {
    for (const socket of cameraSide) socket.destroy();
  };
  proxy.url = `rtsp://127.0.0.1:${proxy.port}/cam`;
  t.defer(() => {
    proxy.cut();
    server.close();
  });
  return proxy;
}
