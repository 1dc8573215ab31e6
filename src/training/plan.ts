// What a run does: everything that, with the data, decides its result.

import { defaultAugmentation, type Augmentation, type PixelScale } from "./augment.js";
import { defaultOptimizerSettings, type OptimizerSettings } from "./net/optimizer.js";
import { fullNetSpec, type EmotionNetSpec } from "./net/spec.js";
import type { Teaching } from "./teacher.js";
import { defaultSchedule, type Schedule } from "./schedule.js";

export interface TrainingPlan {
  readonly seed: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly net: EmotionNetSpec;
  readonly optimizer: OptimizerSettings;
  readonly schedule: Schedule;
  readonly augmentation: Augmentation;
  /** Share of the epochs that see smaller pictures, and their side: faster, and the net averages over whatever size it gets. */
  readonly smallShare: number;
  readonly smallSize: number;
  /** Exponent of class balance in sampling: 0 every face once an epoch, 1 every class equally often. */
  readonly classBalance: number;
  /** A model that makes part of the targets; absent: annotators alone. */
  readonly teaching?: Teaching;
  /** Share of the pictures that show a face as the detector cuts it; absent: 0. */
  readonly recutShare?: number;
  /** The model whose weights start the run; absent: chance. */
  readonly init?: string;
  /** From the training faces; absent until the data are read. */
  readonly input?: PixelScale;
}

export const defaultPlan: TrainingPlan = {
  seed: 1,
  epochs: 50,
  batchSize: 64,
  net: fullNetSpec,
  optimizer: defaultOptimizerSettings,
  schedule: defaultSchedule,
  augmentation: defaultAugmentation,
  smallShare: 0,
  smallSize: 32,
  classBalance: 0.25,
};

/** What differs for a run that starts from a trained model: it is near its goal, and large steps would lead it away. */
export const furtherPlan = { epochs: 10, schedule: { ...defaultSchedule, peak: 6e-4, rise: 0.1 } } as const;

/** What differs for a run whose first layers start from a trained model's. */
export const frontPlan = { epochs: 40, schedule: { ...defaultSchedule, peak: 2e-3, rise: 0.1 } } as const;

/** Side of the pictures of an epoch (from 0). */
export function pictureSizeAt(plan: TrainingPlan, epoch: number): number {
  return epoch < Math.round(plan.smallShare * plan.epochs) ? plan.smallSize : plan.net.inputSize;
}
