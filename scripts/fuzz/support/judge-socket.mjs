// What the server may say on a WebSocket, and how it may end one.
import { documentedCloses, unnamed } from "./codes.mjs";
import { judgeAnswer } from "./judge.mjs";

/** Throws where a connection, after all was said, is not what docs/feed.md and docs/push.md promise. */
export function judgeSocket(socket, sent = Buffer.alloc(0)) {
  if (socket.refused !== undefined) judgeAnswer(socket.refused, { method: socket.method });
  for (const message of socket.messages) {
    if (typeof message.type !== "string" || message.v !== 1) throw new Error(`expected a message with type and v, received ${JSON.stringify(message).slice(0, 300)}`);
    const { code } = message;
    const wrong = message.type === "error" || message.type === "bye" || (message.type === "dropped" && code !== undefined) ? unnamed(code) : undefined;
    if (wrong !== undefined) throw new Error(`${wrong}: ${JSON.stringify(message).slice(0, 300)}`);
  }
  const { closeCode } = socket;
  // The answer to a client's own close frame repeats its code.
  if (closeCode !== undefined && !documentedCloses.has(closeCode) && !repeats(closeCode, sent)) throw new Error(`expected a close code of docs/feed.md, received ${closeCode}`);
}

function repeats(code, sent) {
  return code === 1000 || code === 1005 || sent.includes(Buffer.from([code >> 8, code & 255]));
}
