// Head pose of a synthetic face that is turned in space, seen by two cameras.

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Landmarks, Point } from "../../../src/core/geometry.js";
import { faceModel, poseOf, type ModelPoint, type Pose } from "../../../src/core/pose.js";

const rad = (degrees: number) => (degrees * Math.PI) / 180;

/** A head nods by `pitch` (up), turns by `yaw` (to the image's right), then tilts by `roll` (clockwise). Axes as in the model: y down, z away. */
function turned([x, y, z]: ModelPoint, { yaw, pitch, roll }: Pose): ModelPoint {
  const [cp, sp, cy, sy, cr, sr] = [Math.cos(rad(pitch)), Math.sin(rad(pitch)), Math.cos(rad(yaw)), Math.sin(rad(yaw)), Math.cos(rad(roll)), Math.sin(rad(roll))];
  const [y1, z1] = [y * cp + z * sp, z * cp - y * sp];
  const [x2, z2] = [x * cy - z1 * sy, z1 * cy + x * sy];
  return [x2 * cr - y1 * sr, x2 * sr + y1 * cr, z2];
}

/** Points in the image; `distance` in distances between the eyes, Infinity: without perspective. */
function seen(pose: Pose, { scale = 40, at = [300, 200] as Point, distance = Infinity, model = faceModel } = {}): Landmarks {
  return model.map((p): Point => {
    const [x, y, z] = turned(p, pose);
    const zoom = scale / (1 + z / distance);
    return [at[0] + x * zoom, at[1] + y * zoom];
  }) as unknown as Landmarks;
}

const angles = fc.record({ yaw: fc.double({ min: -75, max: 75, noNaN: true }), pitch: fc.double({ min: -60, max: 60, noNaN: true }), roll: fc.double({ min: -179, max: 179, noNaN: true }) });

describe("the pose of five points", () => {
  it("is the one that the model was turned by: any turn, size and place, without perspective", () => {
    fc.assert(
      fc.property(angles, fc.double({ min: 5, max: 500, noNaN: true }), fc.double({ min: -1000, max: 1000, noNaN: true }), (pose, scale, x) => {
        const found = poseOf(seen(pose, { scale, at: [x, -x] }))!;
        for (const name of ["yaw", "pitch", "roll"] as const) expect(Math.abs(found[name] - pose[name])).toBeLessThan(1e-6);
      }),
    );
  });

  it("is within 6 degrees seen from nine distances between the eyes away (half a metre), up to 40 degrees", () => {
    for (const yaw of [-40, -20, 0, 20, 40]) {
      for (const pitch of [-25, 0, 25]) {
        const found = poseOf(seen({ yaw, pitch, roll: 10 }, { distance: 9 }))!;
        for (const [name, value] of Object.entries({ yaw, pitch, roll: 10 })) expect(Math.abs(found[name as keyof Pose] - value), `${name} at ${yaw}, ${pitch}`).toBeLessThan(6);
      }
    }
  });

  it("turns a little more or less for a longer or flatter nose, always to the same side", () => {
    for (const share of [0.8, 1.2]) {
      const model = faceModel.map(([x, y, z], i): ModelPoint => [x, y, i === 2 ? z * share : z]);
      const found = poseOf(seen({ yaw: 30, pitch: 0, roll: 0 }, { model }))!;
      expect(Math.abs(found.yaw - 30)).toBeLessThan(7);
      expect(Math.abs(found.yaw - 30)).toBeGreaterThan(1);
    }
  });

  it("has the signs it says, and the mirrored face looks the other way", () => {
    // Nose to the image's right of the middle; nose high between eyes and mouth; the eye on the right lower than the other.
    expect(poseOf([[10, 10], [50, 10], [38, 35], [14, 50], [46, 50]])!.yaw).toBeGreaterThan(5);
    expect(poseOf([[10, 10], [50, 10], [30, 22], [14, 50], [46, 50]])!.pitch).toBeGreaterThan(5);
    expect(poseOf([[10, 10], [50, 10], [30, 46], [14, 50], [46, 50]])!.pitch).toBeLessThan(-5);
    expect(poseOf([[10, 10], [50, 20], [28, 37], [10, 52], [40, 58]])!.roll).toBeGreaterThan(5);
    const pose = { yaw: 25, pitch: -10, roll: 15 };
    const [a, b, c, d, e] = seen(pose).map(([x, y]): Point => [-x, y]) as unknown as Landmarks;
    const mirrored = poseOf([b, a, c, e, d])!;
    for (const [name, value] of Object.entries({ yaw: -25, pitch: -10, roll: -15 })) expect(mirrored[name as keyof Pose]).toBeCloseTo(value, 6);
  });

  it("is none where the points make no face", () => {
    expect(poseOf([[5, 5], [5, 5], [5, 5], [5, 5], [5, 5]])).toBeUndefined();
    expect(poseOf([[0, 0], [10, 0], [5, 0], [1, 0], [9, 0]])).toBeUndefined();
  });
});
