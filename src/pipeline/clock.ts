// The wall clock that frames are stamped with: milliseconds since 1970 with fractions, never stepping back within a process.

/** Milliseconds since 1970, on the same clock as `Frame.receivedAtMs`. */
export function wallClockMs(): number {
  return performance.timeOrigin + performance.now();
}
