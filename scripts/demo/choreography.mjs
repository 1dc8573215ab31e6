// Who is where in the clip, and with what expression. Everything is a function of the frame that repeats with the clip's length, so the clip loops without a seam.

/** Picture and time of the clip. */
export const clip = { width: 640, height: 360, fps: 20, frames: 400 };

/**
 * The cast. `path`: [share of the clip, x, y] of the face's centre, joined by a closed smooth curve. `height`: brow to chin, pixels.
 * `layer`: higher is in front. `moods`: emotions in turn, equally long, from `phase` on. Person 3 leaves on the
 * right, comes back, and passes behind person 2 once.
 */
export const cast = [
  { id: 1, character: 0, layer: 3, height: 150, swell: 0.05, roll: 4, turns: 2, phase: 0, moods: ["happiness", "neutral", "surprise", "disgust", "anger", "sadness", "fear"],
    path: [[0, 128, 190], [0.25, 146, 182], [0.5, 134, 198], [0.75, 120, 186]] },
  { id: 2, character: 1, layer: 2, height: 102, swell: 0.05, roll: 5, turns: 1, phase: 0.04, moods: ["surprise", "happiness", "neutral", "disgust", "happiness", "sadness"],
    path: [[0, 402, 252], [0.2, 390, 256], [0.45, 410, 246], [0.65, 398, 236], [0.8, 388, 242]] },
  { id: 3, character: 2, layer: 1, height: 84, swell: 0.04, roll: 5, turns: 2, phase: 0.1, moods: ["anger", "happiness", "fear", "neutral", "surprise"],
    path: [[0, 290, 98], [0.12, 390, 90], [0.24, 520, 96], [0.34, 640, 104], [0.4, 750, 110], [0.46, 750, 136], [0.52, 640, 140], [0.62, 504, 156], [0.7, 398, 196], [0.78, 296, 206], [0.9, 274, 146]] },
  { id: 4, character: 3, layer: 4, height: 76, swell: 0.03, roll: 6, turns: 1, phase: 0.02, moods: ["neutral", "disgust", "happiness", "sadness", "surprise"],
    path: [[0, 570, 286], [0.3, 556, 292], [0.55, 578, 294], [0.8, 564, 284]] },
];

/** Part of each mood's time that the change to the next takes. */
const changeShare = 0.3;

/** Place of an actor at a frame: centre of the face (pixels), scale as brow-to-chin height (pixels), roll (radians, clockwise on screen). */
export function poseAt(actor, frame) {
  const t = frame / clip.frames;
  const wave = Math.sin(2 * Math.PI * (actor.turns * t + 0.13 * actor.id));
  return { ...closedCurve(actor.path, t), height: actor.height * (1 + actor.swell * Math.sin(2 * Math.PI * (t + 0.31 * actor.id))), roll: (actor.roll * wave * Math.PI) / 180 };
}

/** Weights of the emotions of an actor at a frame: one, or two that change into each other; they sum to 1. */
export function moodAt(actor, frame) {
  const at = ((frame / clip.frames + actor.phase) % 1) * actor.moods.length;
  const index = Math.floor(at);
  const now = actor.moods[index];
  const next = actor.moods[(index + 1) % actor.moods.length];
  const change = smoothstep(Math.max(0, (at - index - (1 - changeShare)) / changeShare));
  return change === 0 || now === next ? { [now]: 1 } : { [now]: 1 - change, [next]: change };
}

function smoothstep(x) {
  return x * x * (3 - 2 * x);
}

/** A closed cubic (Catmull-Rom, uneven knots) through [share, x, y]. */
function closedCurve(path, t) {
  const n = path.length;
  const knot = (i) => {
    const turn = Math.floor(i / n);
    const [share, x, y] = path[i - turn * n];
    return [share + turn, x, y];
  };
  let i = n - 1;
  while (i >= 0 && path[i][0] > t) i--;
  const [p0, p1, p2, p3] = [knot(i - 1), knot(i), knot(i + 1), knot(i + 2)];
  const span = p2[0] - p1[0];
  const u = (t - p1[0]) / span;
  const along = (k) => {
    const m1 = ((p2[k] - p0[k]) / (p2[0] - p0[0])) * span;
    const m2 = ((p3[k] - p1[k]) / (p3[0] - p1[0])) * span;
    return (2 * u ** 3 - 3 * u * u + 1) * p1[k] + (u ** 3 - 2 * u * u + u) * m1 + (3 * u * u - 2 * u ** 3) * p2[k] + (u ** 3 - u * u) * m2;
  };
  return { x: along(1), y: along(2) };
}
