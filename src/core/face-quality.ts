// What says whether a face's row is to be trusted: where the head is turned, and how sharp it is. Rounded, for feed and results.

import type { DetectedFace } from "./engine.js";
import { poseOf, type Pose } from "./pose.js";
import { roundPose, roundSharpness } from "./round.js";

/** The fields of a face whose landmarks are in source pixels. Each is absent where nobody knows it. */
export function faceQuality({ landmarks, sharpness }: Pick<DetectedFace, "landmarks" | "sharpness">): { readonly pose?: Pose; readonly sharpness?: number } {
  const pose = poseOf(landmarks);
  return { ...(pose && { pose: roundPose(pose) }), ...(sharpness !== undefined && { sharpness: roundSharpness(sharpness) }) };
}
