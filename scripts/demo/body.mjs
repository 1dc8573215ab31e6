// Hair, neck and shoulders behind a head: plain soft shapes in units of the face's height, so that the averaged head sits on somebody.
// Local coordinates: origin in the middle of the face, u to the right, v down, 1 is brow to chin.

import { linearColor } from "./looks.mjs";

const neckHalfWidth = 0.3;
const neckEnd = 0.9;
const shoulderHalfWidth = 1.12;

/** Paints torso, neck and hair of one person. Only the hair rolls with the head. */
export function paintBody(target, look, pose) {
  const hair = linearColor(look.hair);
  const skin = linearColor(look.skin);
  const garment = linearColor(look.garment);
  const edge = 1.6 / pose.height;
  const x0 = Math.max(0, Math.floor(pose.x - 1.35 * pose.height));
  const x1 = Math.min(target.width - 1, Math.ceil(pose.x + 1.35 * pose.height));
  for (let y = Math.max(0, Math.floor(pose.y - 1.4 * pose.height)); y < target.height; y++) {
    for (let x = x0; x <= x1; x++) {
      const u = (x - pose.x) / pose.height;
      const v = (y - pose.y) / pose.height;
      const at = 3 * (y * target.width + x);
      const [hu, hv] = rolled(u, v, pose.roll);
      lay(target.data, at, hair, coverage(hairDistance(hu, hv, look), 2.5 * edge), strands, hu, hv);
      lay(target.data, at, skin, coverage(neckDistance(u, v), edge), neckShade, u, v);
      lay(target.data, at, garment, coverage(torsoDistance(u, v), edge), garmentShade, u, v);
    }
  }
}

/** Whether a person's head or body hides what lies behind it at this pixel. */
export function bodyHides(look, pose, x, y) {
  const u = (x - pose.x) / pose.height;
  const v = (y - pose.y) / pose.height;
  const [hu, hv] = rolled(u, v, pose.roll);
  return hairDistance(hu, hv, look) < 0 || neckDistance(u, v) < 0 || torsoDistance(u, v) < 0 || Math.hypot(hu / 0.48, (hv + 0.1) / 0.7) < 1;
}

function rolled(u, v, roll) {
  return [u * Math.cos(roll) + v * Math.sin(roll), v * Math.cos(roll) - u * Math.sin(roll)];
}

/** Below zero inside. A dome over the skull whose sides go down to `hairReach` and close in on the way by `hairTaper`. */
function hairDistance(u, v, { hairReach, hairWidth, hairTaper }) {
  const crown = -0.32;
  if (v < crown) return Math.hypot(u / hairWidth, (v - crown) / 0.8) - 1;
  const way = Math.min(1.2, (v - crown) / (hairReach - crown));
  const half = hairWidth * (1 - hairTaper * way ** 2.5);
  const rounding = 0.16 * Math.max(0, 1 - (u / half) ** 2) - 0.16;
  return Math.max(Math.abs(u) / half - 1, v - hairReach - rounding);
}

function neckDistance(u, v) {
  const half = neckHalfWidth + 0.06 * Math.max(0, (v - 0.62) / 0.26) ** 2;
  return Math.max(Math.abs(u) - half, 0.2 - v, v - neckEnd - 0.16 * (1 - (u / 0.36) ** 2));
}

/** Shoulders slope from the neck and round off into the arms; the collar leaves the throat free. */
function torsoDistance(u, v) {
  const side = Math.abs(u);
  const slope = 0.72 + 0.24 * Math.min(1, Math.max(0, (side - neckHalfWidth) / 0.7)) ** 1.2;
  const round = side > 0.8 ? 0.5 * ((side - 0.8) / (shoulderHalfWidth - 0.8)) ** 3 : 0;
  const collar = side < 0.42 ? 0.3 * (1 - (side / 0.42) ** 2) : 0;
  return Math.max(slope + round + collar - v, side - shoulderHalfWidth - 0.04 * (v - 1));
}

function coverage(distance, edge) {
  const inside = Math.max(0, Math.min(1, 0.5 - distance / (2 * edge)));
  return inside * inside * (3 - 2 * inside);
}

function lay(data, at, color, cover, shadeAt, u, v) {
  if (cover === 0) return;
  const shade = shadeAt(u, v);
  for (let c = 0; c < 3; c++) data[at + c] += cover * (color[c] * shade - data[at + c]);
}

/** Locks of hair: bands along the fall, a gleam over the crown. */
function strands(u, v) {
  const fall = u * (1 + 0.25 * Math.max(0, -v - 0.3));
  const bands = 0.5 * Math.sin(34 * fall) + 0.3 * Math.sin(57 * fall + 1.7 + 1.5 * v) + 0.2 * Math.sin(93 * fall + 0.4);
  const gleam = Math.exp(-(((v + 0.82 - 0.5 * u * u) / 0.16) ** 2));
  return 0.92 + 0.16 * bands + 0.45 * gleam;
}

/** The chin's shadow on the neck, and its roundness. */
function neckShade(u, v) {
  const shadow = 0.5 * Math.exp(-(((v - 0.5) / 0.3) ** 2));
  return (0.88 - shadow) * (1 - 0.9 * u * u * 2);
}

/** Light from above, soft folds, darker towards the arms. */
function garmentShade(u, v) {
  return (1.1 - 0.22 * (v - 0.8)) * (1 - 0.3 * u * u) * (1 + 0.05 * Math.sin(9 * u + 3 * v) + 0.04 * Math.sin(5 * v - 7 * u));
}
