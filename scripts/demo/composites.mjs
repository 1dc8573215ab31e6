// The composites: a few characters (averages of many calm portraits in colour) and seven expressions (what an average of many
// faces with that emotion differs in from an average of many calm ones). A character with an expression is the sum of both,
// so every pixel of it comes from more than a hundred people, each with the same weight.

import { readPicture } from "./landmarks.mjs";
import { agreeing, clearest, controlPoints, describePerson, groupPeople, luminance, smallMapOf } from "./select.mjs";
import { asymmetry, canvasSide, frameFor, meanShape, withFrame } from "./shapes.mjs";
import { triangulate } from "./triangulate.mjs";
import { linearPicture, mapPixels, warp } from "./warp.mjs";
import { emotionNames } from "./data.mjs";

/** No average is made of fewer people. */
export const minPeople = 50;
const characterCount = 4;
const peoplePerCharacter = 80;
const picturesPerExpression = 90;
/** Mean luminance that every picture is brought to, linear light. One picture is brightened or darkened at most so much. */
const faceLuminance = 0.3;
const gainRange = [0.5, 2];

/**
 * What each emotion looks like on average, over one reference shape and triangulation (`layout`).
 * Textures are canvasSide square, RGB in linear light; shapes lie on the canvas.
 */
export async function makeExpressions(found, log) {
  const ferplus = {};
  for (const emotion of emotionNames) ferplus[emotion] = clearest(found, "ferplus", emotion, 130);
  const sharp = { neutral: clearest(found, "expressions", "neutral", 130), happiness: clearest(found, "expressions", "happiness", 130) };

  // The reference has its mouth a little open: inner lips must not fall onto one line, or teeth would have no place in the texture.
  const shapes = emotionNames.map((emotion) => meanShape(ferplus[emotion].map((f) => f.points)));
  const reference = shapes[0].map((_, i) => shapes.reduce((sum, shape) => sum + shape[i] / shapes.length, 0));
  const frame = frameFor(reference);
  const points = withFrame(reference, frame);
  const triangles = triangulate(points);
  const map = mapPixels(points, triangles, { x: 0, y: 0, width: canvasSide, height: canvasSide });
  const layout = { reference, frame, points, triangles, map, smallMap: smallMapOf(points, triangles, canvasSide) };

  const expressions = {};
  for (const emotion of emotionNames) {
    const chosen = await agreeing(ferplus[emotion], layout, picturesPerExpression);
    expressions[emotion] = { ...(await average(chosen, layout)), shape: meanShape(chosen.map((f) => f.points)) };
    log(`${emotion}: ${chosen.length} FER+ pictures`);
  }
  const sharpAverages = {};
  for (const emotion of ["neutral", "happiness"]) {
    const chosen = await agreeing(sharp[emotion], layout, picturesPerExpression);
    sharpAverages[emotion] = { ...(await average(chosen, layout)), shape: meanShape(chosen.map((f) => f.points)) };
    log(`${emotion}: ${chosen.length} larger pictures`);
  }

  return { layout, expressions, sharp: sharpAverages };
}

/** A few people who do not exist, from disjoint groups of portraits. */
export async function makeCharacters(found, layout, log) {
  const calm = found.filter((f) => f.set === "portraits" && f.score > 0.5 && asymmetry(f.points) < 0.25 && f.opinion.happiness < 0.5);
  const people = [];
  for (const face of calm) {
    const person = await describePerson(face, layout);
    if (person.saturation > 0.15) people.push(person);
  }
  log(`${people.length} calm portraits in colour`);
  const characters = [];
  for (const group of groupPeople(people, characterCount)) {
    const chosen = group.slice(0, peoplePerCharacter).map((person) => person.face);
    log(`character ${characters.length}: ${chosen.length} people of ${group.length}`);
    characters.push({ ...(await average(chosen, layout)), shape: meanShape(chosen.map((f) => f.points)) });
  }
  return characters;
}

/** Uniform average of the faces, brought into the reference shape. */
async function average(faces, layout) {
  if (faces.length < minPeople) throw new Error(`Expected at least ${minPeople} people for an average, received ${faces.length}`);
  const texture = new Float32Array(canvasSide * canvasSide * 3);
  const warped = new Float32Array(texture.length);
  for (const face of faces) {
    const picture = linearPicture(await readPicture(face));
    warp(picture, controlPoints(face, layout), layout.triangles, layout.map, warped);
    const gain = Math.min(gainRange[1], Math.max(gainRange[0], faceLuminance / meanLuminance(warped)));
    for (let i = 0; i < texture.length; i++) texture[i] += Math.min(1, warped[i] * gain) / faces.length;
  }
  const level = faceLuminance / meanLuminance(texture);
  return { texture: texture.map((v) => v * level), people: faces.length };
}

function meanLuminance(texture) {
  let sum = 0;
  let count = 0;
  for (let y = Math.round(0.33 * canvasSide); y < 0.8 * canvasSide; y += 2) {
    for (let x = Math.round(0.33 * canvasSide); x < 0.67 * canvasSide; x += 2) {
      sum += luminance(texture, y * canvasSide + x);
      count++;
    }
  }
  return sum / count;
}
