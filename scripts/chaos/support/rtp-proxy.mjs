// A proxy for RTSP over UDP: the conversation goes through unchanged but for the ports, so that every RTP packet of the camera comes through here and can
// be lost or damaged on its way. Packets to the camera go straight to it.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer } from "node:net";

/** `proxy.mode`: `pass`, `drop` (a tenth of the packets is lost) or `flip` (one bit changes in a tenth of them). */
export async function startRtpProxy(t, port, random) {
  const open = new Set();
  const proxy = { mode: "pass", lost: 0, damaged: 0 };
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on("error", () => undefined); // its other side is closed with it
      socket.on("close", () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    let theirs = "";
    let ours = "";
    let waiting = Promise.resolve();
    near.on("data", (chunk) => {
      // In order, although ports take a moment to open.
      waiting = passOn(waiting, chunk.toString("latin1"));
    });
    const passOn = async (before, text) => {
      await before;
      const ports = /client_port=(\d+)-(\d+)/.exec(text);
      if (ports !== null) {
        theirs = ports[0];
        const sockets = [await relay(Number(ports[1])), await relay(Number(ports[2]))];
        ours = `client_port=${sockets.map((s) => s.address().port).join("-")}`;
      }
      far.write(text.replace(theirs, ours), "latin1");
    };
    far.on("data", (chunk) => near.write(theirs === "" ? chunk : chunk.toString("latin1").replace(ours, theirs), "latin1"));
  });

  async function relay(to) {
    const socket = createSocket("udp4");
    open.add({ destroy: () => socket.close() });
    socket.on("message", (packet) => {
      const hit = proxy.mode !== "pass" && random() < 0.1;
      if (hit && proxy.mode === "drop") {
        proxy.lost += 1;
        return;
      }
      if (hit) {
        packet[Math.floor(random() * packet.length)] ^= 1 << Math.floor(random() * 8);
        proxy.damaged += 1;
      }
      socket.send(packet, to, "127.0.0.1");
    });
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    return socket;
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy.url = `rtsp://127.0.0.1:${server.address().port}/cam`;
  t.defer(() => {
    for (const one of open) one.destroy();
    server.close();
  });
  return proxy;
}
