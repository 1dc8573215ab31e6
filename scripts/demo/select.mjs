// Which pictures are averaged: frontal, clear, one of each person, and close to what most of them show.

import { fitSimilarity, ovalIndices, asymmetry, eyeSpan, transform, withFrame, invert } from "./shapes.mjs";
import { linearPicture, mapPixels, warp } from "./warp.mjs";
import { readPicture } from "./landmarks.mjs";

/** Side of the small pictures that people are compared on, pixels. */
export const smallSide = 64;

/** The labelled pictures of one set and emotion that are frontal and whose label the model does not contradict, best first, one of each person. */
export function clearest(found, set, emotion, count) {
  const best = new Map();
  for (const face of found) {
    if (face.set !== set || face.emotion !== emotion || face.score < 0.6 || asymmetry(face.points) > 0.25 || eyeSpan(face.points) < 40) continue;
    if (emotion === "sadness" && isCrying(face.points)) continue;
    const value = (face.opinion[emotion] ?? 0) + face.score - asymmetry(face.points) + Math.min(1, eyeSpan(face.points) / 100);
    if (!best.has(face.person) || best.get(face.person).value < value) best.set(face.person, { face, value });
  }
  return [...best.values()].toSorted((a, b) => b.value - a.value || (a.face.file < b.face.file ? -1 : 1)).slice(0, count).map((entry) => entry.face);
}

/** A mouth that is wide or open: crying and laughing look alike in an average, quiet sadness does not. */
function isCrying(points) {
  const distance = (i, j) => Math.hypot(points[2 * i] - points[2 * j], points[2 * i + 1] - points[2 * j + 1]) / eyeSpan(points);
  return distance(13, 14) > 0.12 || distance(61, 291) > 0.98;
}

/** Drops near-duplicates (pictures that correlate above 0.95 face to face) and keeps the `count` that are nearest to the mean of all. */
export async function agreeing(faces, layout, count) {
  const vectors = [];
  for (const face of faces) vectors.push(standardized(await smallGrey(face, layout)));
  const distinct = faces.map((_, i) => i).filter((i) => !vectors.slice(0, i).some((other) => dot(other, vectors[i]) > 0.95));
  let kept = distinct;
  for (let round = 0; round < 3; round++) {
    const mean = new Float64Array(vectors[0].length);
    for (const i of kept) for (let j = 0; j < mean.length; j++) mean[j] += vectors[i][j];
    kept = distinct.toSorted((a, b) => dot(mean, vectors[b]) - dot(mean, vectors[a])).slice(0, count);
  }
  return kept.map((i) => faces[i]);
}

/** A face's control points in its own picture: its mesh, and the standing frame brought there by the similarity of its mesh. */
export function controlPoints(face, { reference, frame }) {
  const points = Float64Array.from(face.points);
  return withFrame(points, transform(frame, invert(fitSimilarity(points, reference))));
}

/** A small picture of the face, brought into the reference shape: linear light, three channels. */
export async function smallPicture(face, layout) {
  const picture = linearPicture(await readPicture(face));
  return warp(picture, controlPoints(face, layout), layout.triangles, layout.smallMap);
}

/** Pixel map of the small pictures. */
export function smallMapOf(points, triangles, canvasSide) {
  return mapPixels(points.map((v) => (v * smallSide) / canvasSide), triangles, { x: 0, y: 0, width: smallSide, height: smallSide });
}

/** Indices of the small picture's pixels inside the face. */
export const innerPixels = (() => {
  const inside = [];
  for (let y = 20; y < 54; y++) for (let x = 18; x < 46; x++) if (((x - 32) / 14) ** 2 + ((y - 36) / 18) ** 2 < 1) inside.push(y * smallSide + x);
  return inside;
})();

async function smallGrey(face, layout) {
  const picture = await smallPicture(face, layout);
  return innerPixels.map((i) => Math.sqrt(luminance(picture, i)));
}

/** Relative luminance (Rec. 601 weights) of pixel `i`. */
export function luminance(rgb, i) {
  return 0.299 * rgb[3 * i] + 0.587 * rgb[3 * i + 1] + 0.114 * rgb[3 * i + 2];
}

/**
 * Sorts people into `count` groups of equal size (to one) by how head, hair and outline look: k-means with full groups closed,
 * from evenly spread seeds, so the same every time. Nearest to the centre first.
 */
export function groupPeople(people, count, rounds = 20) {
  const byShade = people.toSorted((a, b) => a.shade - b.shade);
  let centres = Array.from({ length: count }, (_, k) => byShade[Math.floor(((k + 0.5) * people.length) / count)].vector);
  const room = Math.ceil(people.length / count);
  let groups = [];
  for (let round = 0; round < rounds; round++) {
    const pairs = people.flatMap((person) => centres.map((centre, k) => ({ person, k, distance: squared(centre, person.vector) })));
    const placed = new Set();
    groups = centres.map(() => []);
    for (const pair of pairs.toSorted((a, b) => a.distance - b.distance)) {
      if (placed.has(pair.person) || groups[pair.k].length >= room) continue;
      placed.add(pair.person);
      groups[pair.k].push(pair.person);
    }
    centres = groups.map((group) => centres[0].map((_, j) => group.reduce((sum, person) => sum + person.vector[j], 0) / group.length));
  }
  return groups;
}

/** What `groupPeople` compares: colours over the head in even exposure, and the outline of the face. */
export async function describePerson(face, layout) {
  const picture = await smallPicture(face, layout);
  const mean = innerPixels.reduce((sum, i) => sum + luminance(picture, i), 0) / innerPixels.length;
  const saturation = innerPixels.reduce((sum, i) => sum + Math.abs(picture[3 * i] - picture[3 * i + 2]), 0) / innerPixels.length / mean;
  const vector = [];
  let shade = 0;
  const even = (x, y, c) => Math.min(1.5, Math.sqrt((0.3 * picture[3 * (y * smallSide + x) + c]) / mean));
  for (let y = 2; y < 56; y += 2) {
    for (let x = 12; x < 32; x += 2) {
      if (((x - 31.5) / 20) ** 2 + ((y - 29) / 28) ** 2 >= 1) continue;
      // Left and right together: people are sorted by their looks, not by where the light comes from.
      for (let c = 0; c < 3; c++) vector.push(even(x, y, c) + even(smallSide - 1 - x, y, c));
      if (y < 14) shade += (luminance(picture, y * smallSide + x) + luminance(picture, y * smallSide + smallSide - 1 - x)) / mean;
    }
  }
  const fitted = transform(face.points, fitSimilarity(face.points, layout.reference));
  for (const i of ovalIndices) vector.push(fitted[2 * i] / 60, fitted[2 * i + 1] / 60);
  return { face, vector, shade, saturation };
}

function standardized(vector) {
  const mean = vector.reduce((a, b) => a + b, 0) / vector.length;
  const centred = vector.map((v) => v - mean);
  const norm = Math.sqrt(dot(centred, centred)) || 1;
  return centred.map((v) => v / norm);
}

function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function squared(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}
