// A wall clock that a file sets, for one process and its children: libfaketime before the C library. The machine's own clock is everybody's. The monotonic clock goes on.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The library where Debian's package `libfaketime` puts it; undefined where it is not installed. */
export function faketimeLibrary() {
  const parts = existsSync("/usr/lib") ? readdirSync("/usr/lib") : [];
  return parts.map((part) => join("/usr/lib", part, "faketime/libfaketime.so.1")).find((path) => existsSync(path));
}

/** Environment of a process that is `+seconds` or `-seconds` off, as the first line of `file` says at any time. */
export function fakeClock(file) {
  return { LD_PRELOAD: faketimeLibrary(), FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1" };
}
