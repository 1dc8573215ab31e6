// Times within the process: milliseconds since 1970 as the system's clock had it when the process began, and from then on by the monotonic clock. The system's clock
// may be set, and a machine that sleeps stands still: spans of time must not show it, and what is told to others must.

/** Beyond this the system's clock was set (or the machine slept); below, it is the rounding of two clocks. Milliseconds. */
const apartMs = 500;

/** Milliseconds since 1970, fractional, on the clock of `Frame.receivedAtMs`: it rises evenly, whatever happens to the system's. */
export function evenNowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** A time of this clock as the system's clock, as it is now, would have told it: ISO 8601, UTC. */
export function systemTime(atMs: number): string {
  const apart = Date.now() - evenNowMs();
  return new Date(Math.abs(apart) > apartMs ? atMs + apart : atMs).toISOString();
}
