// The ground behind the faces: a calm gradient with large soft lights that drift in closed circles.

import { clip } from "./choreography.mjs";

/** Corner colours (top left, top right, bottom left, bottom right), sRGB bytes. */
const corners = [[38, 52, 78], [58, 62, 92], [30, 66, 82], [74, 70, 96]];
const lights = [
  { x: 0.08, y: 0.15, radius: 46, color: [120, 160, 190], strength: 0.16, drift: 14, start: 0.1 },
  { x: 0.42, y: 0.12, radius: 30, color: [230, 190, 140], strength: 0.15, drift: 18, start: 0.45 },
  { x: 0.5, y: 0.86, radius: 58, color: [110, 170, 160], strength: 0.12, drift: 16, start: 0.7 },
  { x: 0.82, y: 0.22, radius: 52, color: [210, 160, 170], strength: 0.14, drift: 22, start: 0.25 },
  { x: 0.95, y: 0.62, radius: 36, color: [240, 205, 150], strength: 0.13, drift: 12, start: 0.9 },
  { x: 0.72, y: 0.5, radius: 24, color: [170, 190, 230], strength: 0.12, drift: 20, start: 0.6 },
  { x: 0.25, y: 0.9, radius: 34, color: [200, 170, 210], strength: 0.12, drift: 15, start: 0.3 },
];

/** A painter of the ground: frame number in, RGB in linear light out, rows top to bottom. */
export function createBackdrop(width = clip.width, height = clip.height) {
  const ground = gradient(width, height);
  return (frame) => {
    const out = Float32Array.from(ground);
    for (const light of lights) addLight(out, width, height, light, frame / clip.frames);
    return out;
  };
}

function gradient(width, height) {
  const out = new Float32Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const v = y / (height - 1);
    for (let x = 0; x < width; x++) {
      const u = x / (width - 1);
      for (let c = 0; c < 3; c++) {
        const top = corners[0][c] * (1 - u) + corners[1][c] * u;
        const bottom = corners[2][c] * (1 - u) + corners[3][c] * u;
        out[3 * (y * width + x) + c] = ((top * (1 - v) + bottom * v) / 255) ** 2;
      }
    }
  }
  return out;
}

/** A disc with a soft rim, as a lens out of focus draws a lamp. */
function addLight(out, width, height, { x, y, radius, color, strength, drift, start }, t) {
  const cx = x * width + drift * Math.cos(2 * Math.PI * (t + start));
  const cy = y * height + 0.6 * drift * Math.sin(2 * Math.PI * (t + start));
  const rim = 0.25 * radius;
  for (let py = Math.max(0, Math.floor(cy - radius - rim)); py <= Math.min(height - 1, cy + radius + rim); py++) {
    for (let px = Math.max(0, Math.floor(cx - radius - rim)); px <= Math.min(width - 1, cx + radius + rim); px++) {
      const distance = Math.hypot(px - cx, py - cy);
      const cover = Math.max(0, Math.min(1, (radius + rim - distance) / (2 * rim)));
      const weight = strength * cover * cover * (3 - 2 * cover);
      for (let c = 0; c < 3; c++) {
        const i = 3 * (py * width + px) + c;
        out[i] += weight * (color[c] / 255) ** 2;
      }
    }
  }
}
