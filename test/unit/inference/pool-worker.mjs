/* oxlint-disable unicorn/require-post-message-target-origin -- that is for windows; a MessagePort has none */
// A worker for the pool's tests. It speaks the pool's messages by hand and does what each request says.
import { parentPort, threadId, workerData } from "node:worker_threads";

if (workerData?.unable) {
  parentPort.postMessage({ type: "unable", error: workerData.unable });
  parentPort.close();
} else {
  parentPort.on("message", (message) => {
    if (message.type === "finish") {
      parentPort.close();
      return;
    }
    answer(message);
  });
  parentPort.postMessage({ type: "ready", info: { threadId, workerData } });
}

function answer({ id, request }) {
  if (request.print) console.log(request.print);
  // Held until the test opens the gate, as a model holds its thread.
  if (request.gate) {
    Atomics.add(request.gate, 1, 1);
    Atomics.wait(request.gate, 0, 0);
  }
  if (request.exitOnce && Atomics.add(request.exitOnce, 0, 1) === 0) process.exit(1);
  if (request.fill) for (const all = []; ; ) all.push(Array.from({ length: 100_000 }, Math.random));
  if (request.exit !== undefined) process.exit(request.exit);
  if (request.crash) throw new Error(request.crash);
  if (request.fail) parentPort.postMessage({ type: "failed", id, error: request.fail, workedMs: 3 });
  else parentPort.postMessage({ type: "reply", id, reply: { threadId, value: request.value, bytes: request.pixels?.[0] }, workedMs: 2 });
}
