// `train emotion`: reads the data, starts or resumes a run in a folder, keeps its log and curves up to date.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { AppError } from "../core/errors.js";
import { plainInputs, type OtherCut } from "./augment.js";
import { readCheckpoint, type Checkpoint, type EpochRecord } from "./checkpoint.js";
import { curvesPng } from "./curves.js";
import { readFaceData } from "./data/sources.js";
import type { CutFaces } from "./data/class-folders.js";
import { pick } from "./data/face-set.js";
import { splitFaces, type Split } from "./data/split.js";
import { EmotionNet } from "./net/emotion-net.js";
import { convolutionsOf } from "./net/spec.js";
import { openTensorflow } from "./net/tensorflow.js";
import { readEmotionModel } from "../inference/emotion/manifest.js";
import type { EmotionClassifier } from "../inference/emotion/classifier.js";
import { defaultPlan, frontPlan, furtherPlan, type TrainingPlan } from "./plan.js";
import { recutFaces } from "./recut.js";
import { parametersOfFront, parametersOfModel } from "./start-from.js";
import { teachingBy } from "./teacher.js";
import { continueRun, lastCheckpointName, startRun, type TrainingData, type TrainingEvents } from "./train.js";

export interface TrainEmotionOptions {
  /** FER+ (folder or archive), FER2013's CSV, or a folder for each emotion. */
  readonly data: string;
  /** Class folders whose training part only trains. */
  readonly also?: readonly string[];
  /** Cuts faces out of the pictures of class folders; absent: they are cut already. */
  readonly cut?: CutFaces;
  /** Half of the pictures show a face as `cut` finds and cuts it in a picture that it was pasted into. When resuming it must be the same. */
  readonly recut?: boolean;
  /** Folder of the run: checkpoints, log, curves. */
  readonly run: string;
  /** Folder of decoded faces. */
  readonly cache: string;
  readonly resume: boolean;
  /** Folder of a trained model of the same net whose weights start the run. */
  readonly init?: string;
  /** Folder of a trained model whose first layers, as far as they have the net's shapes, start the run; not with `init`. */
  readonly front?: string;
  /** Largest learning rate; absent: the schedule's. */
  readonly peak?: number;
  /** A trained model whose answers make part of the targets. When resuming it must be the same. */
  readonly teacher?: EmotionClassifier;
  /** What differs from the default plan. When resuming only `epochs` may be given: the rest of the schedule is drawn anew. */
  readonly plan?: Partial<TrainingPlan>;
  readonly signal: AbortSignal;
  readonly onData?: (split: Split) => void;
  /** How many convolutions are those of `front`, of how many. */
  readonly onFront?: (convolutions: number, of: number) => void;
  readonly onRecut?: (done: number, total: number) => void;
  readonly onDecode?: (done: number, total: number) => void;
  readonly onStep?: NonNullable<TrainingEvents["onStep"]>;
  readonly onEpoch?: (record: EpochRecord) => void;
  /** `native` (default) refuses the slow JavaScript backend. */
  readonly backend?: "native" | "any";
}

/** Result of `trainEmotion`. */
export interface TrainEmotionEnd {
  readonly complete: boolean;
  readonly history: readonly EpochRecord[];
  readonly checkpoint: string;
}

/**
 * Trains, or goes on training, in `run`.
 * @throws AppError `data_missing`, `training_failed`, `model_invalid`, `conflict` (the folder holds a run already, or other data or another teacher), `disk_full`, `write_failed`
 */
export async function trainEmotion(options: TrainEmotionOptions): Promise<TrainEmotionEnd> {
  const file = join(options.run, lastCheckpointName);
  if (!options.resume && existsSync(file)) throw new AppError("conflict", "The run's folder holds a run already. Resume it (--resume), or name another folder.", { detail: options.run });
  const tensorflow = await openTensorflow(options.backend ?? "native");
  const faces = await readFaceData({ path: options.data, cache: options.cache, ...optional({ also: options.also, cut: options.cut, onProgress: options.onDecode }) });
  const split = splitFaces(faces.train, faces.report, faces.also);
  options.onData?.(split);
  const teaching = options.teacher === undefined ? undefined : teachingBy(options.teacher);
  const folder = options.resume ? undefined : (options.init ?? options.front);
  const init = folder === undefined ? undefined : await readEmotionModel(folder);
  const isFront = options.init === undefined;
  const base: TrainingPlan = { ...defaultPlan, ...(init === undefined ? {} : { ...(isFront ? frontPlan : furtherPlan), init: `${isFront ? "the first layers of " : ""}${init.manifest.name} ${init.manifest.modelVersion}`, input: { mean: init.manifest.input.mean, deviation: init.manifest.input.deviation } }) };
  const plan: TrainingPlan = { ...base, schedule: { ...base.schedule, ...optional({ peak: options.peak }) }, ...options.plan, ...optional({ teaching, recutShare: options.recut === true ? recutShare : undefined }) };
  const data: TrainingData = { train: split.train, fold: split.fold, key: dataKey(split), ...optional({ teacher: options.teacher }) };
  const from = options.resume ? resumed(await readCheckpoint(file), data.key, plan, options.plan?.epochs) : started(new EmotionNet(tensorflow, plan.net), plan, data, init && { model: init.model, isFront }, options.onFront);
  await mkdir(options.run, { recursive: true });
  const events: TrainingEvents = {
    ...optional({ onStep: options.onStep }),
    async onEpoch(record, history) {
      await writeFileAtomic(join(options.run, "log.jsonl"), history.map((h) => `${JSON.stringify(h)}\n`).join(""));
      await writeFileAtomic(join(options.run, "curves.png"), await curvesPng(history));
      options.onEpoch?.(record);
    },
  };
  const otherCut = options.recut === true ? await recutOf(split, options) : undefined;
  const end = await continueRun(tensorflow, { ...data, ...optional({ otherCut }) }, from, options.run, events, options.signal);
  return { complete: end.complete, history: end.checkpoint.history, checkpoint: file };
}

/** Share of the pictures that show a face as the detector cuts it: the rest stays as the data set has it, which the fold and the report ask for. */
const recutShare = 0.5;

async function recutOf({ train }: Split, { cache, cut, onRecut, signal }: TrainEmotionOptions): Promise<OtherCut> {
  if (cut === undefined) throw new AppError("training_failed", "Expected a detector to cut faces again with, received none.");
  const { pixels } = await recutFaces(train, { ...cut, cache, signal, ...optional({ onProgress: onRecut }) });
  return { pixels, share: recutShare };
}

/** Training faces that tell a layer's mean and variance. */
const statisticsFaces = 512;

function started(net: EmotionNet, plan: TrainingPlan, data: TrainingData, from: { readonly model: Uint8Array; readonly isFront: boolean } | undefined, onFront: TrainEmotionOptions["onFront"]): Checkpoint {
  if (from === undefined) return startRun(net, plan, data);
  const count = Math.min(statisticsFaces, data.train.count);
  const some = pick(data.train, Array.from({ length: count }, (_, i) => Math.floor((i * data.train.count) / count)));
  const pixels = plainInputs(some.pixels, 0, count, plan.input!, net.spec.inputSize);
  if (!from.isFront) return startRun(net, plan, data, parametersOfModel(net, from.model, pixels, count));
  const { parameters, convolutions } = parametersOfFront(net, from.model, plan.seed, pixels, count);
  onFront?.(convolutions, convolutionsOf(plan.net).length);
  return startRun(net, plan, data, parameters);
}

/** Names the faces and their order: the SHA-256 of their pixels and targets. */
export function dataKey({ train, fold }: Pick<Split, "train" | "fold">): string {
  const hash = createHash("sha256");
  for (const set of [train, fold]) hash.update(set.pixels).update(set.labels).update(Buffer.from(set.targets.buffer, set.targets.byteOffset, set.targets.byteLength));
  return hash.digest("hex");
}

/** The run to go on with, where data, teacher and cut are those of `plan`. */
function resumed(checkpoint: Checkpoint, key: string, { teaching, recutShare: share }: TrainingPlan, epochs: number | undefined): Checkpoint {
  if (checkpoint.dataKey !== key) throw new AppError("conflict", "The run was started on other data.");
  if (checkpoint.plan.recutShare !== share) throw new AppError("conflict", `The run was started ${share === undefined ? "with" : "without"} faces that are cut again (--recut).`);
  if (checkpoint.plan.teaching?.sha256 !== teaching?.sha256) throw new AppError("conflict", `Expected ${checkpoint.plan.teaching?.model ?? "no model"} as the run's teacher, received ${teaching?.model ?? "none"}.`);
  return epochs === undefined ? checkpoint : { ...checkpoint, plan: { ...checkpoint.plan, epochs } };
}

/** Without the entries that are undefined. */
function optional<T extends object>(entries: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(entries).filter(([, v]) => v !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
