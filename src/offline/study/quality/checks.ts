// What makes a film worth a look by a person. The limits are starting points, chosen, not measured: what a study can bear is its own question.

import type { Quality } from "./measures.js";
import { blurredBelow, turnedBeyond } from "./measures.js";

/** One check of a film: its name for scripts, its limit, and what to tell where the limit is passed. */
export interface Check {
  readonly name: string;
  readonly limit: number;
  /** For the documentation. */
  readonly meaning: string;
  /** What is wrong, for people; undefined where nothing is. */
  words(quality: Quality, limit: number): string | undefined;
}

/** Everything that is looked at, in the order in which it is told. */
export const checks: readonly Check[] = [
  {
    name: "not_analysed",
    limit: 0.01,
    meaning: "More than this share of frames has no result.",
    words: ({ frames, missing }, limit) => when(missing > limit * (frames + missing), `${missing} frames without a result`),
  },
  {
    name: "no_face",
    limit: 0,
    meaning: "No frame has a face.",
    words: ({ withFace }, limit) => when(withFace <= limit, "no face at all"),
  },
  {
    name: "few_faces",
    limit: 0.8,
    meaning: "Less than this share of frames has a face.",
    words: ({ frames, withFace }, limit) => when(withFace > 0 && withFace < limit * frames, `a face in only ${percent(withFace / frames)} of frames`),
  },
  {
    name: "long_gap",
    limit: 5000,
    meaning: "For longer than this, milliseconds, there is no face.",
    words: ({ withFace, longestGapMs }, limit) => when(withFace > 0 && longestGapMs > limit, `no face for ${(longestGapMs / 1000).toFixed(1)} s`),
  },
  {
    name: "several_faces",
    limit: 0.05,
    meaning: "More than this share of frames has several faces. No fault where more than one person takes part.",
    words: ({ frames, withSeveral }, limit) => when(withSeveral > limit * frames, `several faces in ${percent(withSeveral / frames)} of frames`),
  },
  {
    name: "many_tracks",
    limit: 3,
    meaning: "Tracks beyond the most faces of one frame, for each started minute: faces were lost and found again, or people come and go.",
    words: ({ tracks, mostFaces, durationMs }, limit) => when(tracks - mostFaces > limit * Math.max(1, Math.ceil(durationMs / 60_000)), `${tracks} tracks, at most ${mostFaces} at a time`),
  },
  {
    name: "small_faces",
    limit: 48,
    meaning: "Half of the faces' boxes have a shorter side below this, pixels: the emotion model sees 48, so they are enlarged.",
    words: ({ facePx }, limit) => when(facePx !== undefined && facePx.median < limit, `small faces: ${facePx?.median ?? 0} px`),
  },
  {
    name: "blurred",
    limit: 0.25,
    meaning: `More than this share of faces has a sharpness below ${blurredBelow}.`,
    words: ({ blurred = 0 }, limit) => when(blurred > limit, `${percent(blurred)} of faces blurred`),
  },
  {
    name: "turned",
    limit: 0.25,
    meaning: `More than this share of faces is turned by more than ${turnedBeyond.yaw}° to a side or ${turnedBeyond.pitch}° up or down.`,
    words: ({ turned = 0 }, limit) => when(turned > limit, `${percent(turned)} of faces turned away`),
  },
  {
    name: "uncertain",
    limit: 0.4,
    meaning: "More than this share of faces is uncertain.",
    words: ({ uncertain = 0 }, limit) => when(uncertain > limit, `${percent(uncertain)} of faces uncertain`),
  },
];

/** What is worth a look about a film. */
export interface Flag {
  readonly check: string;
  readonly text: string;
}

/** All flags of a film, in the order of the checks. */
export function flagsOf(quality: Quality): Flag[] {
  return checks.flatMap(({ name, limit, words }) => {
    const text = words(quality, limit);
    return text === undefined ? [] : [{ check: name, text }];
  });
}

/** A share for people: whole percents, never rounded to none or all. */
export function percent(value: number): string {
  if (value > 0 && value < 0.01) return "<1 %";
  if (value < 1 && value > 0.99) return ">99 %";
  return `${Math.round(value * 100)} %`;
}

function when(holds: boolean, text: string): string | undefined {
  return holds ? text : undefined;
}
