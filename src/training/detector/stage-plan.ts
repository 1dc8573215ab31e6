// What the training of each stage does: everything that, with its windows, decides its result.

import { defaultOptimizerSettings, type OptimizerSettings } from "../net/optimizer.js";
import { defaultSchedule, learningRateAt, type Schedule } from "../schedule.js";
import type { SampleKind } from "./face-geometry.js";
import type { StageTeaching } from "./lessons.js";
import { lossSettings, type LossSettings } from "./losses.js";
import { stageSpecs, type StageName, type StageSpec } from "./nets.js";
import { defaultWindowAugmentation, type WindowAugmentation } from "./window-batch.js";

export interface StagePlan {
  readonly seed: number;
  /** In all. */
  readonly epochs: number;
  /** The last epochs: other weights of the losses, and a rate of their own that falls to 0 over them. */
  readonly finish?: { readonly epochs: number; readonly losses: LossSettings; readonly rate: number };
  /** An epoch is so many steps, not a pass: windows are drawn. */
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
  readonly net: StageSpec;
  /** Absent: labels alone. */
  readonly teaching?: StageTeaching;
  readonly losses: LossSettings;
  readonly optimizer: OptimizerSettings;
  readonly schedule: Schedule;
  readonly augmentation: WindowAugmentation;
  /** Most windows of each kind. */
  readonly windows: Readonly<Record<SampleKind, number>>;
}

const common = { seed: 1, optimizer: { ...defaultOptimizerSettings, weightDecay: 1e-3 }, schedule: { ...defaultSchedule, peak: 3e-3, rise: 0.15 }, augmentation: defaultWindowAugmentation };

/** Sizes of the runs are chosen for about an hour on two cores in all; `train detector` prints its own estimate. */
export const stagePlans: Readonly<Record<StageName, StagePlan>> = {
  pnet: { ...common, epochs: 24, stepsPerEpoch: 500, batchSize: 448, net: stageSpecs.pnet, losses: lossSettings.pnet, windows: { negative: 200_000, positive: 75_000, part: 60_000, points: 60_000 } },
  rnet: { ...common, epochs: 18, stepsPerEpoch: 600, batchSize: 448, net: stageSpecs.rnet, losses: lossSettings.rnet, windows: { negative: 160_000, positive: 150_000, part: 60_000, points: 70_000 } },
  onet: { ...common, epochs: 28, finish: { epochs: 5, losses: { ...lossSettings.onet, points: 0, distance: 12 }, rate: 1e-3 }, stepsPerEpoch: 900, batchSize: 224, net: stageSpecs.onet, losses: lossSettings.onet, windows: { negative: 70_000, positive: 72_000, part: 30_000, points: 80_000 } },
};

/** A stage that goes on from a trained net: it is near its goal, large steps would lead it away, and all of it is the finish. */
export function furtherPlan({ finish, ...plan }: StagePlan): StagePlan {
  return { ...plan, epochs: 5, losses: finish?.losses ?? plan.losses, schedule: { ...plan.schedule, peak: 6e-4, rise: 0.05 } };
}

/** Learning rate and weights of the losses in a step (from 0). */
export function settingsAt(plan: Pick<StagePlan, "epochs" | "finish" | "losses" | "schedule" | "stepsPerEpoch">, step: number): { readonly rate: number; readonly losses: LossSettings } {
  const steps = plan.epochs * plan.stepsPerEpoch;
  const { finish } = plan;
  const from = finish === undefined ? steps : Math.max(0, steps - finish.epochs * plan.stepsPerEpoch);
  if (finish === undefined || step < from) return { rate: learningRateAt(plan.schedule, step, from), losses: plan.losses };
  return { rate: (finish.rate * (1 + Math.cos((Math.PI * (step - from)) / (steps - from)))) / 2, losses: finish.losses };
}
