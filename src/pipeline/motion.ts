// Where a face is expected: constant velocity of its centre, measured over time rather than frames and smoothed, because
// detectors jitter. The size is taken as it was seen last.

import type { Box } from "../core/geometry.js";

/** Box seen last, when, and the velocity of its centre in pixels a millisecond. */
export interface Motion {
  readonly box: Box;
  readonly seenMs: number;
  readonly velocity: { readonly x: number; readonly y: number };
}

/** Time constant of the velocity's smoothing: about five frames at 25 frames a second. */
const velocityMs = 200;
/** People stop and turn: an unseen face is taken to slow down with this time constant instead of leaving the picture. */
const slowDownMs = 600;

/** A face seen for the first time, at rest. */
export function startMotion(box: Box, seenMs: number): Motion {
  return { box, seenMs, velocity: { x: 0, y: 0 } };
}

/** The motion after the face was seen at a box. */
export function observe(motion: Motion, box: Box, seenMs: number): Motion {
  const dtMs = seenMs - motion.seenMs;
  if (dtMs <= 0) return { ...motion, box };
  const share = 1 - Math.exp(-dtMs / velocityMs);
  const measured = {
    x: (box.x + box.width / 2 - motion.box.x - motion.box.width / 2) / dtMs,
    y: (box.y + box.height / 2 - motion.box.y - motion.box.height / 2) / dtMs,
  };
  return {
    box,
    seenMs,
    velocity: { x: motion.velocity.x + share * (measured.x - motion.velocity.x), y: motion.velocity.y + share * (measured.y - motion.velocity.y) },
  };
}

/** Where the face is expected at a time. */
export function predict(motion: Motion, atMs: number): Box {
  const travelMs = slowDownMs * (1 - Math.exp(-Math.max(0, atMs - motion.seenMs) / slowDownMs));
  return { ...motion.box, x: motion.box.x + motion.velocity.x * travelMs, y: motion.box.y + motion.velocity.y * travelMs };
}
