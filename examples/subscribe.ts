// Prints who feels what, live. Start the server (npm start), then:
//   Node 22.18 or newer:  node examples/subscribe.ts
//   Node 20:              npx tsc -p examples && node examples/dist/subscribe.js
import { connectFeed } from "emostream/client";
import { WebSocket } from "ws";

const feed = connectFeed(process.argv[2] ?? "http://127.0.0.1:8080", { WebSocket });
for await (const message of feed) {
  if (message.type !== "frame") continue;
  for (const face of message.faces) {
    process.stdout.write(`${message.streamId} face ${face.trackId}: ${face.label} ${Math.round(face.smoothed[face.label] * 100)} %\n`);
  }
}
