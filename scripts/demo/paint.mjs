// Draws a head into a picture: the character's texture with the blended expression, warped to where its shape lies, with a soft outline.

import { paintBody } from "./body.mjs";
import { looks } from "./looks.mjs";
import { blurPlane, polygonMask } from "./planes.mjs";
import { blendShapes, browToChin, canvasSide, fivePoints, ovalIndices, transform, withFrame } from "./shapes.mjs";
import { mapPixels, warp } from "./warp.mjs";

/** The point of the canvas that a pose's x and y mean: the middle of the face. */
const middle = [0.5 * canvasSide, 0.6 * canvasSide];
/** Hair of the average itself, over the ears and the skull: an oval on the canvas, as shares of it. */
const hairOval = { x: 0.5, y: 0.43, rx: 0.26, ry: 0.36, softness: 0.35, until: 0.62 };

/** How much of each canvas pixel the averages show, 0 to 1: the face with a narrow soft rim, the hair with a wide one. */
export function headMask(points) {
  const face = blurPlane(polygonMask(points, ovalIndices, 0.99), 4);
  const mask = new Float32Array(canvasSide * canvasSide);
  for (let y = 0; y < canvasSide; y++) {
    const fade = Math.max(0, Math.min(1, (hairOval.until - y / canvasSide) / 0.1));
    for (let x = 0; x < canvasSide; x++) {
      const distance = Math.hypot((x / canvasSide - hairOval.x) / hairOval.rx, (y / canvasSide - hairOval.y) / hairOval.ry);
      const hair = fade * Math.max(0, Math.min(1, (1 - distance) / hairOval.softness));
      mask[y * canvasSide + x] = Math.max(face[y * canvasSide + x], hair * hair * (3 - 2 * hair));
    }
  }
  return { data: mask, width: canvasSide, height: canvasSide, channels: 1 };
}

/**
 * Draws one person onto `target` (RGB, linear light).
 * @returns the face's truth in pixels of the target: brow-to-chin box and five landmarks
 */
export function paintPerson(target, faces, mask, characterIndex, weights, pose) {
  const character = faces.characters[characterIndex];
  const emotions = Object.keys(weights);
  const shape = blendShapes(emotions.map((e) => character.shapes[e]), emotions.map((e) => weights[e]));
  const scale = pose.height / browToChin(character.shapes.neutral).height;
  const a = scale * Math.cos(pose.roll);
  const b = scale * Math.sin(pose.roll);
  const placing = { a, b, tx: pose.x - a * middle[0] + b * middle[1], ty: pose.y - b * middle[0] - a * middle[1] };
  const placed = transform(withFrame(shape, faces.frame), placing);
  const region = regionOf(placed, target);
  paintBody(target, looks[characterIndex], pose);
  if (region.width > 0 && region.height > 0) {
    const map = mapPixels(placed, faces.triangles, region);
    const level = Math.max(0, Math.floor(Math.log2(1 / scale) + 0.3));
    const drawn = emotions.map((e) => warp(atLevel(character.textures[e], level), levelPoints(faces.points, level), faces.triangles, map));
    const cover = warp(mask, faces.points, faces.triangles, map);
    lay(target, region, map, drawn, emotions.map((e) => weights[e]), cover);
  }
  const mesh = transform(shape, placing);
  return { box: browToChin(mesh), landmarks: fivePoints(mesh) };
}

function regionOf(points, { width, height }) {
  const xs = Array.from({ length: points.length / 2 }, (_, i) => points[2 * i]);
  const ys = Array.from({ length: points.length / 2 }, (_, i) => points[2 * i + 1]);
  const x = Math.max(0, Math.floor(Math.min(...xs)));
  const y = Math.max(0, Math.floor(Math.min(...ys)));
  return { x, y, width: Math.min(width - 1, Math.ceil(Math.max(...xs))) - x + 1, height: Math.min(height - 1, Math.ceil(Math.max(...ys))) - y + 1 };
}

function lay(target, region, map, drawn, weights, cover) {
  for (let i = 0; i < map.triangle.length; i++) {
    if (map.triangle[i] < 0 || cover[i] === 0) continue;
    const at = 3 * ((region.y + Math.floor(i / region.width)) * target.width + region.x + (i % region.width));
    for (let c = 0; c < 3; c++) {
      let value = 0;
      for (let d = 0; d < drawn.length; d++) value += weights[d] * drawn[d][3 * i + c];
      target.data[at + c] += cover[i] * (value - target.data[at + c]);
    }
  }
}

/** The texture halved `level` times, kept on the texture: small faces would alias otherwise. */
function atLevel(texture, level) {
  texture.levels ??= [texture];
  while (texture.levels.length <= level) texture.levels.push(halved(texture.levels.at(-1)));
  return texture.levels[level];
}

function halved({ data, width }) {
  const side = width / 2;
  const out = new Float32Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      for (let c = 0; c < 3; c++) {
        const i = 3 * (2 * y * width + 2 * x) + c;
        out[3 * (y * side + x) + c] = (data[i] + data[i + 3] + data[i + 3 * width] + data[i + 3 * width + 3]) / 4;
      }
    }
  }
  return { data: out, width: side, height: side };
}

function levelPoints(points, level) {
  const factor = 2 ** level;
  return points.map((v) => (v + 0.5) / factor - 0.5);
}
