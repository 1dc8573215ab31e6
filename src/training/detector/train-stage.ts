// Trains one net of the cascade: epochs of drawn windows, a checkpoint after each, resumable as if never stopped.

import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { AppError } from "../../core/errors.js";
import { writeCheckpoint, type Checkpoint } from "../checkpoint.js";
import { createOptimizerState, optimizerStep } from "../net/optimizer.js";
import type { Tensorflow } from "../net/tensorflow.js";
import { Pace } from "../pace.js";
import { randomFor } from "../random.js";
import type { Lessons } from "./lessons.js";
import { detectorLoss, faceLabels } from "./losses.js";
import { initialStageParameters, outputCount, type StageName } from "./nets.js";
import type { SampleFile, Samples } from "./samples.js";
import { stageParametersOfModel } from "./start-from.js";
import { StageNet } from "./stage-net.js";
import { settingsAt, type StagePlan } from "./stage-plan.js";
import { drawIndices, indicesByKind, plainWindows, trainingWindows } from "./window-batch.js";

const judgeBatch = 512;

/** Figures of one epoch; `train` ones run along over changed windows, `held` ones use the averaged weights on windows of photos set aside. */
export interface StageRecord {
  readonly stage: StageName;
  readonly epoch: number;
  readonly step: number;
  readonly learningRate: number;
  /** Of the hardest share, as it is trained. */
  readonly trainLoss: number;
  /** Over all held windows alike. */
  readonly heldFaceLoss: number;
  readonly heldBoxLoss: number;
  readonly heldPointLoss: number;
  readonly heldPointDistance: number;
  /** Share of positives with a score above a half, and of negatives. */
  readonly heldFound: number;
  readonly heldFalse: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

export interface StageSums {
  loss: number;
  windows: number;
  seconds: number;
}

export type StageCheckpoint = Checkpoint<StagePlan, StageRecord, StageSums>;

export interface StageEvents {
  onStep?(progress: { readonly stage: StageName; readonly epoch: number; readonly step: number; readonly steps: number; readonly loss: number; readonly imagesPerSecond: number; readonly etaMs: number }): void;
  /** After every epoch's checkpoint, and once before the first step. */
  onEpoch?(record: StageRecord, history: readonly StageRecord[]): Promise<void> | void;
}

/** File of a stage's newest checkpoint in the run's folder. */
export function stageCheckpointName(stage: StageName): string {
  return `${stage}.ckpt`;
}

/**
 * A stage before its first step; `model` is an exported net to go on from, as far as its layers are the same: `onKnown` hears of how many.
 * @throws AppError `training_failed` without positives or negatives, `model_invalid`
 */
export function startStage(net: StageNet, plan: StagePlan, data: SampleFile, model?: Uint8Array, onKnown?: (convolutions: number, of: number) => void): StageCheckpoint {
  const byKind = indicesByKind(data.train.kinds);
  for (const kind of ["positive", "negative"] as const) {
    if (byKind[kind].length === 0) throw new AppError("training_failed", `Expected ${kind} windows for ${plan.net.name}, received none.`);
  }
  const count = Math.min(judgeBatch, data.train.count);
  const some = Uint32Array.from({ length: count }, (_, i) => Math.floor((i * data.train.count) / count));
  const known = model === undefined ? undefined : stageParametersOfModel(net, model, plan.seed, plainWindows(data.train, some).pixels, count);
  if (known !== undefined) onKnown?.(known.convolutions, plan.net.convolutions.length);
  const optimizer = createOptimizerState(net.layout, known?.parameters ?? initialStageParameters(net.layout, plan.seed));
  const held = judgeStage(net, optimizer.average, data.held, plan);
  const record = { stage: plan.net.name, epoch: 0, step: 0, learningRate: settingsAt(plan, 0).rate, trainLoss: held.loss, ...held.figures, seconds: 0, imagesPerSecond: 0 };
  return { plan, dataKey: data.key, history: [record], sums: emptySums(), optimizer };
}

/**
 * Goes on from `from` to the end of its plan, or until `signal` aborts (then a checkpoint is written in mid-epoch). `lessons` are of the training windows.
 * @throws AppError `training_failed` on a loss that is not a number; the last checkpoint stays.
 */
export async function continueStage(tensorflow: Tensorflow, data: SampleFile, from: StageCheckpoint, folder: string, events: StageEvents, signal: AbortSignal, lessons?: Lessons): Promise<{ readonly checkpoint: StageCheckpoint; readonly complete: boolean }> {
  const { plan, optimizer } = from;
  const stage = plan.net.name;
  const net = new StageNet(tensorflow, plan.net);
  const steps = plan.stepsPerEpoch * plan.epochs;
  const byKind = indicesByKind(data.train.kinds);
  let history = from.history;
  let sums = { ...from.sums };
  const now = (): StageCheckpoint => ({ plan, dataKey: data.key, history, sums, optimizer });
  const save = () => writeCheckpoint(join(folder, stageCheckpointName(stage)), now());
  if (optimizer.step === 0) {
    await save();
    await events.onEpoch?.(history[0]!, history);
  }
  const pace = new Pace();
  while (optimizer.step < steps && !signal.aborted) {
    const step = optimizer.step;
    const epoch = Math.floor(step / plan.stepsPerEpoch) + 1;
    const startedMs = performance.now();
    const random = randomFor(plan.seed, stage, "step", step);
    const batch = trainingWindows(data.train, drawIndices(byKind, plan.batchSize, random), plan.augmentation, random, lessons);
    const { rate, losses } = settingsAt(plan, step);
    const { loss, gradients } = net.step(optimizer.parameters, batch, losses);
    const norm = optimizerStep(optimizer, gradients, net.layout, rate, plan.optimizer);
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
      throw new AppError("training_failed", `The loss of ${stage} is not a number at step ${step + 1} of epoch ${epoch}. The last checkpoint is whole; try a lower learning rate.`);
    }
    const seconds = (performance.now() - startedMs) / 1000;
    sums.loss += loss * batch.count;
    sums.windows += batch.count;
    sums.seconds += seconds;
    pace.add(batch.count, seconds);
    events.onStep?.({ stage, epoch, step: step + 1, steps, loss, imagesPerSecond: pace.perSecond, etaMs: (1000 * (steps - step - 1) * plan.batchSize) / pace.perSecond });
    if (optimizer.step % plan.stepsPerEpoch === 0) {
      const { figures } = judgeStage(net, optimizer.average, data.held, plan);
      const record = { stage, epoch, step: optimizer.step, learningRate: rate, trainLoss: sums.loss / sums.windows, ...figures, seconds: sums.seconds, imagesPerSecond: sums.windows / sums.seconds };
      history = [...history, record];
      sums = emptySums();
      await save();
      await events.onEpoch?.(record, history);
    }
    // A turn of the event loop, so that signals are seen.
    await nextTurn();
  }
  if (optimizer.step % plan.stepsPerEpoch !== 0) await save();
  return { checkpoint: now(), complete: optimizer.step >= steps };
}

type HeldFigures = Pick<StageRecord, "heldFaceLoss" | "heldBoxLoss" | "heldPointLoss" | "heldPointDistance" | "heldFound" | "heldFalse">;

/** Losses over all samples as they are (none is left out as easy), and the shares of scores above a half. */
export function judgeStage(net: StageNet, parameters: Float32Array, samples: Samples, plan: Pick<StagePlan, "losses">): { readonly loss: number; readonly figures: HeldFigures } {
  const outputs = new Float32Array(samples.count * outputCount);
  for (let from = 0; from < samples.count; from += judgeBatch) {
    const indices = Array.from({ length: Math.min(judgeBatch, samples.count - from) }, (_, i) => from + i);
    outputs.set(net.predict(parameters, plainWindows(samples, indices).pixels, indices.length), from * outputCount);
  }
  const all = plainTargets(samples);
  const { loss, faceLoss, boxLoss, pointLoss, pointDistance } = detectorLoss(outputs, all, { ...plan.losses, hardShare: 1 });
  const above = (label: number) => {
    let [own, yes] = [0, 0];
    for (let i = 0; i < samples.count; i++) {
      if (all.faces[i] !== label) continue;
      own++;
      if (outputs[i * outputCount]! > 0) yes++;
    }
    return own === 0 ? 0 : yes / own;
  };
  return { loss, figures: { heldFaceLoss: faceLoss, heldBoxLoss: boxLoss, heldPointLoss: pointLoss, heldPointDistance: pointDistance, heldFound: above(faceLabels.positive), heldFalse: above(faceLabels.negative) } };
}

function plainTargets(samples: Samples) {
  const indices = Array.from({ length: samples.count }, (_, i) => i);
  const { pixels: _, ...targets } = plainWindows({ ...samples, size: 0, pixels: new Uint8Array(0) }, indices);
  return targets;
}

function emptySums(): StageSums {
  return { loss: 0, windows: 0, seconds: 0 };
}
