// Single planes over the canvas: masks of polygons and blurs.

import { canvasSide } from "./shapes.mjs";

/** 1 inside the polygon of these points, scaled about its centre; 0 outside. */
export function polygonMask(points, indices, scale) {
  const cx = indices.reduce((sum, i) => sum + points[2 * i], 0) / indices.length;
  const cy = indices.reduce((sum, i) => sum + points[2 * i + 1], 0) / indices.length;
  const polygon = indices.map((i) => [cx + scale * (points[2 * i] - cx), cy + scale * (points[2 * i + 1] - cy)]);
  const mask = new Float32Array(canvasSide * canvasSide);
  for (let y = 0; y < canvasSide; y++) {
    for (let x = 0; x < canvasSide; x++) {
      let inside = false;
      for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
        const [xi, yi] = polygon[i];
        const [xj, yj] = polygon[j];
        if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
      }
      if (inside) mask[y * canvasSide + x] = 1;
    }
  }
  return mask;
}

/** Gaussian blur of one canvas plane, by three box blurs. */
export function blurPlane(plane, sigma, side = canvasSide) {
  const radius = Math.max(1, Math.round((Math.sqrt(4 * sigma * sigma + 1) - 1) / 2));
  let current = plane;
  for (let pass = 0; pass < 3; pass++) current = boxBlur(boxBlur(current, radius, side, 1, side), radius, side, side, 1);
  return current;
}

function boxBlur(plane, radius, side, step, line) {
  const out = new Float32Array(plane.length);
  for (let l = 0; l < side; l++) {
    const at = (i) => l * line + Math.max(0, Math.min(side - 1, i)) * step;
    let sum = 0;
    for (let i = -radius; i <= radius; i++) sum += plane[at(i)];
    for (let i = 0; i < side; i++) {
      out[at(i)] = sum / (2 * radius + 1);
      sum += plane[at(i + radius + 1)] - plane[at(i - radius)];
    }
  }
  return out;
}
