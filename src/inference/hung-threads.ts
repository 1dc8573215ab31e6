// Threads inside a native call that does not return. Node joins its worker threads before a process exits, also in `process.exit`: with such a thread
// it would stay for ever. So while there is one, whoever exits is ended by a signal, after everything else was done.

/** A set of such threads; the process ends as described while it is not empty. */
export class HungThreads<Thread> {
  readonly #threads = new Set<Thread>();

  add(thread: Thread): void {
    if (this.#threads.size === 0) process.on("exit", endBySignal);
    this.#threads.add(thread);
  }

  /** It came back after all, and has left. False: it was none of these. */
  delete(thread: Thread): boolean {
    const was = this.#threads.delete(thread);
    if (was && this.#threads.size === 0) process.off("exit", endBySignal);
    return was;
  }
}

/** SIGTERM is a good end for systemd, as 0 is; SIGKILL is a failure for everybody. */
function endBySignal(code: number): void {
  process.removeAllListeners("SIGTERM");
  process.kill(process.pid, code === 0 ? "SIGTERM" : "SIGKILL");
}
