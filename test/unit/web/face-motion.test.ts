// Between two results: gliding, appearing, fading, and rest.

import { expect, test } from "vitest";
import { sceneFace } from "../../browser/support/fake-scene.js";
import { FaceMotion } from "../../../web/overlay/face-motion.js";

const face = (x: number, trackId = 1) => ({ ...sceneFace(0, 0), trackId, box: { x, y: 36, width: 64, height: 36 } });
const result = (...faces: ReturnType<typeof face>[]) => ({ width: 640, height: 360, faces });

test("without smoothing and fading a face is where it was found, and gone when it is lost", () => {
  const motion = new FaceMotion({ smooth: 0, fade: 0 });
  motion.update(result(face(64)), 1000);
  expect(motion.at(1000)).toMatchObject({ moving: false, faces: [{ trackId: 1, box: { x: 0.1, y: 0.1, width: 0.1, height: 0.1 }, opacity: 1 }] });
  motion.update(result(face(320)), 1040);
  expect(motion.at(1040).faces[0]?.box.x).toBe(0.5);
  motion.update(result(), 1080);
  expect(motion.at(1080)).toEqual({ faces: [], moving: false });
});

test("with smoothing a box covers two thirds of its way in that time, however often it is drawn, and then rests", () => {
  for (const steps of [1, 10]) {
    const motion = new FaceMotion({ smooth: 100, fade: 0 });
    motion.update(result(face(0)), 0);
    motion.update(result(face(640)), 1);
    for (let i = 1; i < steps; i++) motion.at(1 + (100 * i) / steps);
    expect(motion.at(101).faces[0]?.box.x).toBeCloseTo(1 - Math.exp(-1), 3);
    expect(motion.at(101).moving).toBe(true);
    expect(motion.at(5000)).toMatchObject({ moving: false, faces: [{ box: { x: 1 } }] });
  }
});

test("faces appear and fade over their time; one that comes back in it goes on", () => {
  const motion = new FaceMotion({ smooth: 0, fade: 100 });
  motion.update(result(face(0)), 0);
  expect(motion.at(50)).toMatchObject({ moving: true, faces: [{ opacity: 0.5 }] });
  expect(motion.at(200)).toMatchObject({ moving: false, faces: [{ opacity: 1 }] });
  motion.clear(200);
  expect(motion.at(250).faces[0]?.opacity).toBeCloseTo(0.5);
  motion.update(result(face(0)), 260);
  expect(motion.at(360).faces[0]?.opacity).toBe(1);
  motion.clear(360);
  expect(motion.at(500)).toEqual({ faces: [], moving: false });
});

test("the largest face comes first", () => {
  const motion = new FaceMotion({ smooth: 0, fade: 0 });
  motion.update(result(face(0, 1), { ...face(100, 2), box: { x: 0, y: 0, width: 200, height: 200 } }), 0);
  expect(motion.at(0).faces.map((f) => f.trackId)).toEqual([2, 1]);
});
