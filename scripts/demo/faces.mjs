// Faces to draw: every character with every expression, as textures over the common reference shape and as shapes on the canvas.

import { emotionNames } from "./data.mjs";
import { linearColor, looks } from "./looks.mjs";
import { blurPlane, polygonMask } from "./planes.mjs";
import { luminance } from "./select.mjs";
import { addDifference, blendShapes, canvasSide, ovalIndices } from "./shapes.mjs";

/** Inner lips of MediaPipe's mesh, once around. */
const innerLips = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95];
/** Averaging dampens expressions: how much of shape and shading differences is given back. */
const emphasis = {
  anger: { shape: 1.2, shade: 1.3 }, disgust: { shape: 1.4, shade: 1.5 }, fear: { shape: 1.4, shade: 1.35 }, happiness: { shape: 1.05, shade: 1.1 },
  sadness: { shape: 1.4, shade: 1.4 }, surprise: { shape: 1.4, shade: 1.4 }, neutral: { shape: 1, shade: 1 },
};
/** Portraits smile a little even when they are calm: so much of a smile is taken away. */
const calming = 0.25;

/** Averages of people look alike: how much of what sets a character's outline apart is added once more. */
const likeness = 0.8;

/**
 * Combines characters and expressions.
 * @returns {{points: Float64Array, triangles: Uint16Array, frame: Float64Array, characters: {shapes: Record<string, Float64Array>, textures: Record<string, object>}[]}}
 */
export function makeFaces({ layout, expressions, sharp }, averages) {
  const faceMask = blurPlane(polygonMask(layout.points, ovalIndices, 0.97), 10);
  const skullMask = blurPlane(polygonMask(layout.points, ovalIndices, 1.0), 9);
  const mouthMask = blurPlane(polygonMask(layout.points, innerLips, 1.02), 2);
  const pairs = Object.fromEntries(emotionNames.map((emotion) => [emotion, pairsOf(emotion, expressions, sharp)]));
  const commonShape = blendShapes(averages.map(({ shape }) => shape), averages.map(() => 1 / averages.length));
  const characters = averages.map((average, k) => {
    const base = dress(sharpen(average.texture, 2.2, 1.1), looks[k], faceMask, skullMask);
    const [smile] = pairs.happiness;
    const unsmiling = addDifference(average.shape, smile.expression.shape, smile.calm.shape, -calming);
    const own = addDifference(unsmiling, average.shape, commonShape, likeness);
    const shapes = {};
    const textures = {};
    for (const emotion of emotionNames) {
      const differences = pairs[emotion].map(({ expression, calm }) => addDifference(own, expression.shape, calm.shape, emphasis[emotion].shape));
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
    // Averaging has greyed teeth and throat alike: contrast takes them apart again.
    const inside = 0.4 * (luminance(pairs[0].expression.texture, i) / 0.3) ** 1.6;
    // Lips and tongue are dark and red, teeth bright and nearly white.
    const bright = Math.min(1, inside / 0.4) ** 1.5;
    const mouth = [inside * (1.3 - 0.18 * bright), inside * (0.55 + 0.45 * bright), inside * (0.5 + 0.41 * bright)];
    for (let c = 0; c < 3; c++) out[3 * i + c] = base[3 * i + c] * factor * (1 - mouthMask[i]) + mouth[c] * mouthMask[i];
  }
  return out;
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

/** Gives the average its tone of skin, and outside the face its colour of hair; light and shade stay the average's own. */
function dress(texture, { skin, hair }, faceMask, skullMask) {
  const all = (i) => faceMask[i];
  // The top of the head, where nearly everybody has hair.
  const crown = (i) => (i < 0.3 * canvasSide * canvasSide && i > 0.14 * canvasSide * canvasSide && Math.abs((i % canvasSide) - canvasSide / 2) < 0.16 * canvasSide ? 1 - skullMask[i] : 0);
  const skinMean = weightedMean(texture, all);
  const hairMean = weightedMean(texture, crown);
  const skinLuminance = luminance(skinMean, 0);
  const hairLuminance = luminance(hairMean, 0);
  const gains = linearColor(skin).map((v, c) => v / skinMean[c]);
  const hairColor = linearColor(hair);
  const out = new Float32Array(texture.length);
  for (let i = 0; i < faceMask.length; i++) {
    const depth = Math.min(1.7, (luminance(texture, i) / hairLuminance) ** 0.8);
    const glare = shoulder(luminance(texture, i) / skinLuminance);
    for (let c = 0; c < 3; c++) out[3 * i + c] = texture[3 * i + c] * glare * gains[c] * skullMask[i] + hairColor[c] * depth * (1 - skullMask[i]);
  }
  return out;
}

/** The factor that keeps bright backgrounds, which shine into the rim of the face, from bleaching it. */
function shoulder(relative) {
  const knee = 1.25;
  return relative <= knee ? 1 : (knee + 0.3 * (relative - knee)) / relative;
}

function weightedMean(texture, weightAt) {
  const sum = [0, 0, 0];
  let weight = 0;
  for (let i = 0; i < texture.length / 3; i++) {
    const w = weightAt(i);
    if (w === 0) continue;
    weight += w;
    for (let c = 0; c < 3; c++) sum[c] += w * texture[3 * i + c];
  }
  return sum.map((v) => v / weight);
}
