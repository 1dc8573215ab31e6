// Faces to draw: every character with every expression, as textures over the common reference shape and as shapes on the canvas.

import { emotionNames } from "./data.mjs";
import { luminance } from "./select.mjs";
import { addDifference, blendShapes, canvasSide, ovalIndices } from "./shapes.mjs";

/** Inner lips of MediaPipe's mesh, once around. */
const innerLips = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95];
/** Averaging dampens expressions: how much of shape and shading differences is given back. */
const emphasis = {
  anger: { shape: 1.15, shade: 1.25 }, disgust: { shape: 1.3, shade: 1.35 }, fear: { shape: 1.15, shade: 1.2 }, happiness: { shape: 1.05, shade: 1.1 },
  sadness: { shape: 1.25, shade: 1.3 }, surprise: { shape: 1.1, shade: 1.1 }, neutral: { shape: 1, shade: 1 },
};

/**
 * Combines characters and expressions.
 * @returns {{points: Float64Array, triangles: Uint16Array, frame: Float64Array, characters: {shapes: Record<string, Float64Array>, textures: Record<string, object>}[]}}
 */
export function makeFaces({ layout, expressions, sharp }, averages) {
  const faceMask = blurPlane(polygonMask(layout.points, ovalIndices, 0.97), 10);
  const mouthMask = blurPlane(polygonMask(layout.points, innerLips, 1.02), 2);
  const pairs = Object.fromEntries(emotionNames.map((emotion) => [emotion, pairsOf(emotion, expressions, sharp)]));
  const characters = averages.map((average) => {
    const base = saturate(sharpen(average.texture, 2.2, 0.9), 1.15);
    const shapes = {};
    const textures = {};
    for (const emotion of emotionNames) {
      const differences = pairs[emotion].map(({ expression, calm }) => addDifference(average.shape, expression.shape, calm.shape, emphasis[emotion].shape));
      shapes[emotion] = blendShapes(differences, differences.map(() => 1 / differences.length));
      textures[emotion] = { data: shade(base, pairs[emotion], emphasis[emotion].shade, faceMask, mouthMask), width: canvasSide, height: canvasSide };
    }
    return { shapes, textures };
  });
  return { points: layout.points, triangles: layout.triangles, frame: layout.frame, characters };
}

/** The averages an emotion is read from: expression and calm face out of the same set, so that what sets have of their own cancels. */
function pairsOf(emotion, expressions, sharp) {
  const pairs = [{ expression: expressions[emotion], calm: expressions.neutral }];
  if (emotion === "happiness") pairs.unshift({ expression: sharp.happiness, calm: sharp.neutral });
  return pairs;
}

/** Multiplies the character's skin with what the expression darkens or lightens; the inside of the mouth is the expression's own. */
function shade(base, pairs, strength, faceMask, mouthMask) {
  const floor = 0.02;
  const out = new Float32Array(base.length);
  for (let i = 0; i < faceMask.length; i++) {
    let log = 0;
    for (const { expression, calm } of pairs) log += Math.log((luminance(expression.texture, i) + floor) / (luminance(calm.texture, i) + floor)) / pairs.length;
    const factor = Math.exp(strength * log * faceMask[i]);
    const inside = luminance(pairs[0].expression.texture, i);
    const bright = Math.min(1, inside / 0.35);
    const mouth = [inside * (1.25 - 0.15 * bright), inside * (0.75 + 0.25 * bright), inside * (0.7 + 0.25 * bright)];
    for (let c = 0; c < 3; c++) out[3 * i + c] = base[3 * i + c] * factor * (1 - mouthMask[i]) + mouth[c] * mouthMask[i];
  }
  return out;
}

/** 1 inside the polygon of these points, scaled about its centre; 0 outside. */
function polygonMask(points, indices, scale) {
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

/** Unsharp mask on each channel. */
function sharpen(texture, radius, amount) {
  const out = new Float32Array(texture.length);
  for (let c = 0; c < 3; c++) {
    const plane = Float32Array.from({ length: texture.length / 3 }, (_, i) => texture[3 * i + c]);
    const soft = blurPlane(plane, radius);
    for (let i = 0; i < plane.length; i++) out[3 * i + c] = Math.max(0, plane[i] + amount * (plane[i] - soft[i]));
  }
  return out;
}

function saturate(texture, factor) {
  const out = new Float32Array(texture.length);
  for (let i = 0; i < texture.length / 3; i++) {
    const grey = luminance(texture, i);
    for (let c = 0; c < 3; c++) out[3 * i + c] = Math.max(0, grey + factor * (texture[3 * i + c] - grey));
  }
  return out;
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
