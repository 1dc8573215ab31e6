// How long a training will take on this machine, from a few measured steps of each net.

import type { Tensorflow } from "../net/tensorflow.js";
import { randomFor } from "../random.js";
import { initialStageParameters } from "./nets.js";
import { SampleCollector } from "./samples.js";
import { StageNet } from "./stage-net.js";
import type { StagePlan } from "./stage-plan.js";
import { trainingWindows } from "./window-batch.js";

const warmUp = 2;
const measured = 4;

/** Windows a second of a stage's steps, making of batches included, and the minutes that its plan takes at that rate (cutting of windows not included). */
export function estimateStage(tensorflow: Tensorflow, plan: StagePlan): { readonly windowsPerSecond: number; readonly minutes: number } {
  const random = randomFor("estimate");
  const collector = new SampleCollector(plan.net.size, { negative: 8, positive: 8, part: 0, points: 0 });
  for (let i = 0; i < 8; i++) for (const kind of ["negative", "positive"] as const) collector.add(Uint8Array.from({ length: plan.net.size ** 2 * 3 }, () => random.below(256)), { kind, target: Array<number>(14).fill(0.5), pointWeight: 1 });
  const samples = collector.finish();
  const net = new StageNet(tensorflow, plan.net);
  const parameters = initialStageParameters(net.layout, 1);
  const indices = Array.from({ length: plan.batchSize }, (_, i) => i % samples.count);
  let startedMs = 0;
  for (let i = 0; i < warmUp + measured; i++) {
    if (i === warmUp) startedMs = performance.now();
    net.step(parameters, trainingWindows(samples, indices, plan.augmentation, random), plan.losses);
  }
  const windowsPerSecond = (measured * plan.batchSize * 1000) / (performance.now() - startedMs);
  return { windowsPerSecond, minutes: (plan.epochs * plan.stepsPerEpoch * plan.batchSize) / windowsPerSecond / 60 };
}
