// What /proc tells of a process and its descendants. Linux only, like everything that provokes faults here.
import { readdirSync, readFileSync } from "node:fs";
import { sleep } from "./wait.mjs";

/** Linux counts CPU time in hundredths of a second, whatever its kernel does. */
const tickMs = 10;

/** A process at one moment. `start` (clock ticks since boot) tells it from a later one with the same pid. */
function statOf(pid) {
  return statAt(`/proc/${pid}/stat`, pid);
}

function statAt(path, pid) {
  try {
    const text = readFileSync(path, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const cpu = fields.slice(11, 15).map((ticks) => Number(ticks) * tickMs);
    return { pid, name: text.slice(text.indexOf("(") + 1, text.lastIndexOf(")")), state: fields[0], parent: Number(fields[1]), start: Number(fields[19]), ownCpuMs: cpu[0] + cpu[1], cpuMs: cpu.reduce((a, b) => a + b, 0) };
  } catch {
    return undefined; // it ended while we looked
  }
}

/** All descendants of a process, zombies left out. */
export function descendants(pid) {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((p) => p !== undefined && p.state !== "Z");
  const tree = new Set([pid]);
  for (let size = 0; size !== tree.size; ) {
    size = tree.size;
    for (const p of all) if (tree.has(p.parent)) tree.add(p.pid);
  }
  return all.filter((p) => p.pid !== pid && tree.has(p.pid));
}

/** Descendants that decode, or will in a moment (setpriv becomes FFmpeg). */
export function decoders(pid) {
  return descendants(pid).filter((p) => !/^(?:node|MainThread)$/.test(p.name));
}

/** True while that very process runs. */
export function isAlive({ pid, start }) {
  const now = statOf(pid);
  return now !== undefined && now.start === start && now.state !== "Z";
}

/** Proportional set size of a process and its descendants, MiB. */
export function treeMib(pid) {
  return [pid, ...descendants(pid).map((p) => p.pid)].reduce((sum, p) => sum + pssKib(p), 0) / 1024;
}

/** CPU time of a process and its descendants so far, milliseconds by the name of the program; of children that have ended, too. */
export function treeCpuMs(pid) {
  const byName = {};
  for (const p of [statOf(pid), ...descendants(pid)]) if (p !== undefined) byName[p.name] = (byName[p.name] ?? 0) + p.cpuMs;
  return byName;
}

/** CPU time of each thread of a process so far, milliseconds by thread id, and of children that have ended. */
export function threadCpuMs(pid) {
  const threads = new Map();
  for (const tid of readdirSync(`/proc/${pid}/task`)) {
    const stat = statAt(`/proc/${pid}/task/${tid}/stat`, Number(tid));
    if (stat !== undefined) threads.set(Number(tid), stat.ownCpuMs);
  }
  const { cpuMs, ownCpuMs } = statOf(pid);
  return { threads, childrenMs: cpuMs - ownCpuMs };
}

/** Proportional set size of one process, MiB. */
export function processMib(pid) {
  return pssKib(pid) / 1024;
}

/**
 * The same of a process that starts others: until such a one runs its own program it shares the pages of its parent, and each counts half of them. A moment as rare as it is, it would decide what
 * the least value of five minutes is; so the larger of two looks counts.
 */
export async function steadyMib(pid) {
  const first = processMib(pid);
  await sleep(100);
  return Math.max(first, processMib(pid));
}

/** Open file descriptors of a process. */
export function openHandles(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}

function pssKib(pid) {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0; // it ended while we looked
  }
}
