// Faces that were boxed by hand in stills of the shared clips, and those that are painted into the demo: what speed is printed beside.
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root, sum } from "./report.mjs";

/** Of the demo, which is painted, every so many frames are looked at; a face that is covered by more than half counts neither way. */
const demo = { every: 20, leastVisible: 0.5 };

/** Frame numbers of a clip with the faces in them, `sure` ones and others that may be found or not. Empty where nobody boxed any. */
export function boxedStills(file) {
  const name = basename(file);
  const truth = truthOf(file);
  if (truth !== undefined) return paintedStills(truth);
  const { clips } = JSON.parse(readFileSync(join(root, "test/support/boxed-stills.json"), "utf8"));
  const stills = clips.find((clip) => clip.file === name)?.stills ?? [];
  return new Map(stills.map(({ frame, faces, hidden = [] }) => [frame, { sure: faces.map(boxOf), unsure: hidden.map(boxOf) }]));
}

/** Of x, y, width and height. */
export function boxOf([x, y, width, height]) {
  return { x, y, width, height };
}

/** What is to be seen in each frame of a clip that was painted, from the file beside it; undefined for all others. */
export function truthOf(file) {
  const truth = file.replace(/\.mp4$/, ".truth.json");
  return existsSync(truth) ? JSON.parse(readFileSync(truth, "utf8")).frames : undefined;
}

function paintedStills(frames) {
  return new Map(frames.filter(({ index }) => index % demo.every === 0).map(({ index, faces }) => {
    const of = (isSure) => faces.filter(({ visible }) => visible >= demo.leastVisible === isSure).map(({ box }) => box);
    return [index, { sure: of(true), unsure: of(false) }];
  }));
}

/** How many of the boxed faces were found, and how many boxes are no face. `found`: boxes by frame number. */
export function judge(stills, found) {
  const each = [...stills].map(([frame, { sure, unsure }]) => {
    const boxes = found.get(frame) ?? [];
    return {
      found: sure.filter((face) => boxes.some((box) => isAbout(box, face))).length,
      wrong: boxes.filter((box) => ![...sure, ...unsure].some((face) => isAbout(box, face))).length,
    };
  });
  return { boxed: sum([...stills.values()].map(({ sure }) => sure.length)), found: sum(each.map((one) => one.found)), wrong: sum(each.map((one) => one.wrong)) };
}

/** Whether the middle of each lies in the other: each library has its own idea of how much of a head a box takes in. */
function isAbout(one, other) {
  return holds(one, other) && holds(other, one);
}

function holds(box, { x, y, width, height }) {
  const [across, down] = [x + width / 2 - box.x, y + height / 2 - box.y];
  return across >= 0 && down >= 0 && across <= box.width && down <= box.height;
}

/** `5 of 6, 0 wrong`. */
export function judged({ boxed, found, wrong }) {
  return boxed === 0 ? "" : `${found} of ${boxed}, ${wrong} wrong`;
}
