// Trains the emotion CNN: epoch after epoch over augmented faces, a checkpoint after each, resumable as if never stopped.

import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { AppError } from "../core/errors.js";
import { trainingBatch, plainInputs, type OtherCut, type PixelScale } from "./augment.js";
import { writeCheckpoint, type Checkpoint, type EpochRecord, type EpochSums } from "./checkpoint.js";
import { balance, classCount, pixelStatistics, type FaceSet } from "./data/face-set.js";
import { softmaxRows } from "../inference/emotion/probabilities.js";
import { argmaxRow, crossEntropy, figuresOf } from "./metrics.js";
import { EmotionNet } from "./net/emotion-net.js";
import { createOptimizerState, optimizerStep } from "./net/optimizer.js";
import { initialParameters } from "./net/spec.js";
import type { Tensorflow } from "./net/tensorflow.js";
import type { EmotionClassifier } from "../inference/emotion/classifier.js";
import { taught } from "./teacher.js";
import { Pace } from "./pace.js";
import { pictureSizeAt, type TrainingPlan } from "./plan.js";
import { permutation, randomFor } from "./random.js";
import { learningRateAt } from "./schedule.js";
import { emotionNames } from "../core/emotions.js";

const predictBatch = 128;

/** File of the newest checkpoint in a run's folder, and of the one with the lowest loss on the fold. */
export const lastCheckpointName = "last.ckpt";
export const bestCheckpointName = "best.ckpt";

export interface TrainingData {
  readonly train: FaceSet;
  readonly fold: FaceSet;
  /** Names the data, see `Checkpoint.dataKey`. */
  readonly key: string;
  /** The training faces as the detector cuts them, in the plan's share. */
  readonly otherCut?: OtherCut;
  /** The model of the plan's teaching. */
  readonly teacher?: EmotionClassifier;
}

export interface TrainingEvents {
  onStep?(progress: { readonly epoch: number; readonly step: number; readonly steps: number; readonly loss: number; readonly imagesPerSecond: number; readonly etaMs: number }): void;
  /** After every epoch's checkpoint, and once before the first step. */
  onEpoch?(record: EpochRecord, history: readonly EpochRecord[]): Promise<void> | void;
}

export interface TrainingEnd {
  readonly checkpoint: Checkpoint;
  /** False when it was stopped on request. */
  readonly complete: boolean;
}

/**
 * A run before its first step, its history holding epoch 0. `first` starts it from weights of an earlier run.
 * @throws AppError `training_failed` for an empty class, or weights of another net
 */
export function startRun(net: EmotionNet, plan: TrainingPlan, data: TrainingData, first?: Float32Array): Checkpoint {
  if (first !== undefined && first.length !== net.layout.size) throw new AppError("training_failed", `Expected ${net.layout.size} weights to start from, received ${first.length}: the net is another one.`);
  const empty = balance(data.train).findIndex((n) => n === 0);
  if (empty !== -1) throw new AppError("training_failed", `Expected faces of every class, received none of ${emotionNames[empty]}.`);
  if (data.train.count < plan.batchSize) throw new AppError("training_failed", `Expected at least one batch of ${plan.batchSize} faces, received ${data.train.count}.`);
  if (data.fold.count === 0) throw new AppError("training_failed", "Expected faces in the fold that chooses; there are too few to set any aside.");
  const input = plan.input ?? pixelStatistics(data.train);
  const optimizer = createOptimizerState(net.layout, first?.slice() ?? initialParameters(net.layout, plan.seed));
  const start = { epoch: 0, step: 0, learningRate: learningRateAt(plan.schedule, 0, 2), seconds: 0, imagesPerSecond: 0 };
  const train = judge(net, optimizer.average, data.train, input, Math.min(data.train.count, 2048));
  const fold = judge(net, optimizer.average, data.fold, input);
  const record = { ...start, trainLoss: train.loss, trainAccuracy: train.accuracy, foldLoss: fold.loss, foldAccuracy: fold.accuracy, foldMeanRecall: fold.meanRecall };
  return { plan: { ...plan, input }, dataKey: data.key, history: [record], sums: emptySums(), optimizer };
}

/**
 * Goes on from `from` to the end of its plan, or until `signal` aborts (then a checkpoint is written in mid-epoch).
 * @throws AppError `training_failed` on a loss that is not a number; the last checkpoint stays.
 */
export async function continueRun(tensorflow: Tensorflow, data: TrainingData, from: Checkpoint, folder: string, events: TrainingEvents, signal: AbortSignal): Promise<TrainingEnd> {
  const { plan, optimizer } = from;
  const input = plan.input!;
  const net = new EmotionNet(tensorflow, plan.net);
  const stepsPerEpoch = Math.floor(data.train.count / plan.batchSize);
  const steps = stepsPerEpoch * plan.epochs;
  let history = from.history;
  let sums = { ...from.sums };
  const save = (name: string) => writeCheckpoint(join(folder, name), { plan, dataKey: data.key, history, sums, optimizer });
  const end = (complete: boolean): TrainingEnd => ({ checkpoint: { plan, dataKey: data.key, history, sums, optimizer }, complete });
  if (optimizer.step === 0) {
    await save(lastCheckpointName);
    await events.onEpoch?.(history[0]!, history);
  }
  let order: { readonly epoch: number; readonly indices: Uint32Array } | undefined;
  const pace = new Pace();
  while (optimizer.step < steps) {
    const step = optimizer.step;
    const epoch = Math.floor(step / stepsPerEpoch);
    if (order?.epoch !== epoch) order = { epoch, indices: epochOrder(data.train, plan, epoch) };
    const at = (step % stepsPerEpoch) * plan.batchSize;
    const startedMs = performance.now();
    const random = randomFor(plan.seed, "augment", step);
    const drawn = trainingBatch(data.train, order.indices.subarray(at, at + plan.batchSize), pictureSizeAt(plan, epoch), input, plan.augmentation, random, data.otherCut);
    const batch = data.teacher === undefined ? drawn : await taught(drawn, data.teacher, plan.teaching!.share, input);
    const { loss, logits, gradients } = net.step(optimizer.parameters, batch, { seed: plan.seed, step });
    const norm = optimizerStep(optimizer, gradients, net.layout, learningRateAt(plan.schedule, step, steps), plan.optimizer);
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
      throw new AppError("training_failed", `The loss is not a number at step ${step + 1} of epoch ${epoch + 1}. The last checkpoint is whole; try a lower learning rate.`);
    }
    const seconds = (performance.now() - startedMs) / 1000;
    sums.loss += loss * batch.count;
    sums.faces += batch.count;
    sums.seconds += seconds;
    for (let i = 0; i < batch.count; i++) if (argmaxRow(logits, classCount, i) === argmaxRow(batch.targets, classCount, i)) sums.correct++;
    pace.add(batch.count, seconds);
    events.onStep?.({ epoch: epoch + 1, step: step + 1, steps, loss, imagesPerSecond: pace.perSecond, etaMs: (1000 * (steps - step - 1) * plan.batchSize) / pace.perSecond });
    if (optimizer.step % stepsPerEpoch === 0) {
      const record = closeEpoch(net, data, optimizer, plan, sums, epoch + 1, steps);
      const best = record.foldLoss < Math.min(...history.map((h) => h.foldLoss));
      history = [...history, record];
      sums = emptySums();
      await save(lastCheckpointName);
      if (best) await save(bestCheckpointName);
      await events.onEpoch?.(record, history);
    } else if (signal.aborted) {
      await save(lastCheckpointName);
    }
    if (signal.aborted) return end(optimizer.step >= steps);
    // A turn of the event loop, so that signals are seen.
    await nextTurn();
  }
  return end(true);
}

/** Loss, accuracy and mean recall of the first `count` faces of a set as they are. */
export function judge(net: EmotionNet, parameters: Float32Array, set: FaceSet, input: PixelScale, count = set.count): { loss: number; accuracy: number; meanRecall: number } {
  const probabilities = softmaxRows(predictSet(net, parameters, set.pixels, count, input), classCount);
  const { accuracy, meanRecall } = figuresOf(set.labels.subarray(0, count), probabilities, classCount);
  return { loss: crossEntropy(set.targets.subarray(0, count * classCount), probabilities, classCount), accuracy, meanRecall };
}

/** Logits of `count` faces by the given parameters, in batches. */
export function predictSet(net: EmotionNet, parameters: Float32Array, pixels: Uint8Array, count: number, input: PixelScale): Float32Array {
  const logits = new Float32Array(count * classCount);
  for (let from = 0; from < count; from += predictBatch) {
    const to = Math.min(count, from + predictBatch);
    logits.set(net.predict(parameters, plainInputs(pixels, from, to, input, net.spec.inputSize), to - from), from * classCount);
  }
  return logits;
}

/** Which faces an epoch sees, in order: every face once, or classes drawn towards balance. */
export function epochOrder(train: FaceSet, plan: Pick<TrainingPlan, "seed" | "classBalance">, epoch: number): Uint32Array {
  const random = randomFor(plan.seed, "order", epoch);
  if (plan.classBalance === 0) return permutation(train.count, random);
  const weights = balance(train).map((n) => (n === 0 ? 0 : n ** -plan.classBalance));
  const cumulative = new Float64Array(train.count);
  let total = 0;
  for (let i = 0; i < train.count; i++) cumulative[i] = total += weights[train.labels[i]!]!;
  // Systematic sampling: one random start, equal strides, so that frequent classes are not drawn twice before once.
  const start = random.next();
  const chosen = new Uint32Array(train.count);
  for (let i = 0, face = 0; i < train.count; i++) {
    while (cumulative[face]! < ((i + start) * total) / train.count) face++;
    chosen[i] = face;
  }
  return permutation(train.count, random).map((p) => chosen[p]!);
}

function closeEpoch(net: EmotionNet, data: TrainingData, optimizer: Checkpoint["optimizer"], plan: TrainingPlan, sums: EpochSums, epoch: number, steps: number): EpochRecord {
  const fold = judge(net, optimizer.average, data.fold, plan.input!);
  return {
    epoch,
    step: optimizer.step,
    learningRate: learningRateAt(plan.schedule, optimizer.step - 1, steps),
    trainLoss: sums.loss / sums.faces,
    trainAccuracy: sums.correct / sums.faces,
    foldLoss: fold.loss,
    foldAccuracy: fold.accuracy,
    foldMeanRecall: fold.meanRecall,
    seconds: sums.seconds,
    imagesPerSecond: sums.faces / sums.seconds,
  };
}

function emptySums(): EpochSums {
  return { loss: 0, correct: 0, faces: 0, seconds: 0 };
}
