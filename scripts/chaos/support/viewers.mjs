// Viewers that come and go: some with pictures, some that stop reading, some that leave without a word.
import { WebSocket } from "ws";

const most = 12;
const stepMs = 2000;

/** Lets viewers come and go until `stop`. */
export function startViewers(url, random) {
  const sockets = new Set();
  const come = () => {
    const socket = new WebSocket(`${url.replace("http", "ws")}/v1/feed?${random() < 0.5 ? "preview=jpeg" : ""}`);
    const deaf = random() < 0.2;
    socket.on("open", () => deaf && socket._socket.pause());
    socket.on("message", () => undefined);
    socket.on("error", () => undefined); // cut on purpose
    socket.on("close", () => sockets.delete(socket));
    sockets.add(socket);
  };
  const timer = setInterval(() => {
    if (sockets.size < most && random() < 0.6) come();
    const [oldest] = sockets;
    if (oldest === undefined || random() >= 0.4) return;
    if (random() < 0.5) oldest.close();
    else oldest.terminate();
  }, stepMs);
  return {
    stop() {
      clearInterval(timer);
      for (const socket of sockets) socket.terminate();
    },
  };
}
