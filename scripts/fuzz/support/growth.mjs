// Whether a server that has met all cases holds more than one that has met some of them.

/**
 * How much more is no growth. Both are measured after a warm-up, with nothing left to do and garbage collected by hand, so what differs is what was kept:
 * - `heapMib`, JavaScript objects and buffers, is exact: it stays within 1 MiB where nothing is kept. 4 KiB kept of each request would be 20 MiB in a whole run.
 * - `processMib` (PSS) goes up and down by 20 to 50 MiB with what malloc keeps of freed memory, however many cases there were; only a larger loss of native memory shows.
 * - counts are equal, but for a few handles of connections that are just being closed.
 */
const most = { heapMib: 6, processMib: 96, handles: 4, children: 0, uploads: 0, folders: 0 };

/** The differences, and those that are too large as sentences. */
export function growthBetween(before, after) {
  const problems = Object.entries(most).flatMap(([what, bound]) => {
    const grown = after[what] - before[what];
    return grown > bound ? [`growth: ${what} from ${before[what]} to ${after[what]}, at most ${bound} more expected${what === "handles" ? `; more open than before: ${moreOpen(before.open, after.open)}` : ""}`] : [];
  });
  return { before, after, most, problems };
}

function moreOpen(before, after) {
  return Object.entries(after).flatMap(([to, count]) => (count > (before[to] ?? 0) ? [`${to} (${count - (before[to] ?? 0)})`] : [])).join(", ");
}
