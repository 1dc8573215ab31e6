// V8's CPU profiler on this thread and on all worker threads of this process at once, through the inspector, without an open port.
import { Session } from "node:inspector/promises";

const intervalUs = 500;

/** Starts profiling; `stop` resolves with the main thread's profile and those of the workers. Workers that begin later are not in it. */
export async function startProfiler() {
  const session = new Session();
  session.connect();
  const workers = new Map();
  session.on("NodeWorker.attachedToWorker", ({ params: { sessionId } }) => workers.set(sessionId, new WorkerInspector(session, sessionId)));
  session.on("NodeWorker.receivedMessageFromWorker", ({ params: { sessionId, message } }) => workers.get(sessionId)?.receive(JSON.parse(message)));
  await session.post("NodeWorker.enable", { waitForDebuggerOnStart: false });
  const all = () => [session, ...workers.values()];
  for (const one of all()) {
    await one.post("Profiler.enable");
    await one.post("Profiler.setSamplingInterval", { interval: intervalUs });
    await one.post("Profiler.start");
  }
  return {
    async stop() {
      const [main, ...others] = await Promise.all(all().map(async (one) => (await one.post("Profiler.stop")).profile));
      await session.post("NodeWorker.disable");
      session.disconnect();
      return { main, workers: others };
    },
  };
}

/** Time of each function itself, without idling and without the profiler: `{name, url, callerUrl, us}`. */
export function selfTimes({ nodes, samples, timeDeltas }) {
  const us = new Map();
  for (const [i, id] of samples.entries()) us.set(id, (us.get(id) ?? 0) + timeDeltas[i]);
  const callers = new Map(nodes.flatMap(({ callFrame, children = [] }) => children.map((child) => [child, callFrame.url])));
  return nodes
    .filter(({ id, callFrame: { functionName, url } }) => us.has(id) && functionName !== "(idle)" && !(functionName === "dispatch" && url === ""))
    .map(({ id, callFrame: { functionName, url } }) => ({ name: functionName, url, callerUrl: callers.get(id) ?? "", us: us.get(id) }));
}

/** Asks one worker and matches answers to questions. */
class WorkerInspector {
  #session;
  #sessionId;
  #waiting = new Map();
  #next = 1;

  constructor(session, sessionId) {
    this.#session = session;
    this.#sessionId = sessionId;
  }

  async post(method, params = {}) {
    const id = this.#next++;
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    await this.#session.post("NodeWorker.sendMessageToWorker", { sessionId: this.#sessionId, message: JSON.stringify({ id, method, params }) });
    return answer;
  }

  receive({ id, result, error }) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error !== undefined) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result);
  }
}
