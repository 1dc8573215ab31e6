// Which decoders this process has started and not yet lost. Linux only, like the tests that use it.

import { readdirSync, readFileSync } from "node:fs";

/** A child of this process. */
export interface ChildInfo {
  readonly pid: number;
  readonly name: string;
}

/** Children of this process whose program is ffmpeg or ffprobe (or setpriv, just before it becomes one). */
export function decoderChildren(): ChildInfo[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((p) => p !== undefined && p.parent === process.pid && /^(?:ffmpeg|ffprobe|setpriv)$/.test(p.name))
    .map((p) => ({ pid: p!.pid, name: p!.name }));
}

/** Throws when a decoder started by this process is still there. */
export function assertNoChildren(): void {
  const left = decoderChildren();
  if (left.length > 0) throw new Error(`Expected no decoder process, found ${left.map((c) => `${c.name} (${c.pid})`).join(", ")}.`);
}

function statOf(pid: number): { pid: number; name: string; parent: number } | undefined {
  try {
    const match = /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"));
    return match === null ? undefined : { pid, name: match[1]!, parent: Number(match[2]) };
  } catch {
    return undefined; // it ended while we looked
  }
}
