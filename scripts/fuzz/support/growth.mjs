// Whether a server that has met all cases holds more than one that has met some of them.

/**
 * Both are measured after a warm-up, with nothing left to do and garbage collected by hand, so what differs is what was kept. Handles, children,
 * uploads and folders of analyses are counts and must be the same, but for the threads' and sockets' own few; memory may differ by what allocators
 * keep of freed pages.
 */
const most = { mib: 32, handles: 4, children: 0, uploads: 0, folders: 0 };

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
