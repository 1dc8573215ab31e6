// `train detector`: P-Net, R-Net and O-Net after each other in one run's folder. Each stage's windows are cut once, with what the stages before let through.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { AppError } from "../../core/errors.js";
import { readCheckpoint } from "../checkpoint.js";
import { openTensorflow, type Tensorflow } from "../net/tensorflow.js";
import { defaultBoxConvention } from "./box-convention.js";
import { cutSamples } from "./cut-samples.js";
import { estimateStage } from "./estimate.js";
import { exportStage } from "./export-stage.js";
import { stageNames, type StageName } from "./nets.js";
import { lessonsBy, teachingBy } from "./lessons.js";
import type { LabelledPhoto } from "./photos.js";
import { openProposer } from "./propose.js";
import { readSamples, writeSamples, type SampleFile } from "./samples.js";
import { stageCurvesPng } from "./stage-curves.js";
import { StageNet } from "./stage-net.js";
import { teach, withLabels, type Taught, type Teacher } from "./teach.js";
import { furtherPlan, stagePlans, type StagePlan } from "./stage-plan.js";
import { continueStage, stageCheckpointName, startStage, type StageCheckpoint, type StageEvents, type StageRecord, type StageSums } from "./train-stage.js";

export interface TrainDetectorOptions {
  readonly photos: readonly LabelledPhoto[];
  /** Folder of the run: windows, checkpoints, trained nets, log, curves. */
  readonly run: string;
  readonly resume: boolean;
  /** Only this stage; those before it must be complete. Absent: all that are not. */
  readonly stage?: StageName;
  /** Exported nets to go on from, each as far as its layers are the same. */
  readonly init?: Readonly<Partial<Record<StageName, Uint8Array>>>;
  /** Exported nets whose answers make most of the targets, each of the stage of its name. */
  readonly nets?: Readonly<Partial<Record<StageName, Uint8Array>>>;
  /** What differs from the default plan of every stage. */
  readonly plan?: Partial<Pick<StagePlan, "epochs" | "stepsPerEpoch" | "batchSize" | "seed" | "windows">>;
  /** Largest learning rate. */
  readonly peak?: number;
  /** Tells of faces that nobody labelled, and of points of those that have only boxes. Absent: the labels alone. */
  readonly teacher?: Teacher;
  /** Pictures that only train, with all that is to be known of them: no teacher looks at them. */
  readonly made?: readonly LabelledPhoto[];
  readonly onTaught?: (done: number, total: number) => void;
  readonly signal: AbortSignal;
  /** Before the first stage: minutes that the training of each stage to come will take here. */
  readonly onEstimate?: (stages: readonly { readonly stage: StageName; readonly windowsPerSecond: number; readonly minutes: number }[]) => void;
  readonly onCut?: (stage: StageName, done: number, total: number) => void;
  /** How many of a stage's convolutions start from a net of `init`. */
  readonly onInit?: (stage: StageName, convolutions: number, of: number) => void;
  readonly onWindows?: (stage: StageName, samples: SampleFile) => void;
  readonly onStep?: NonNullable<StageEvents["onStep"]>;
  readonly onEpoch?: (record: StageRecord) => void;
  /** `native` (default) refuses the slow JavaScript backend. */
  readonly backend?: "native" | "any";
}

/** The trained net of a stage in the run's folder. */
export function stageModelName(stage: StageName): string {
  return `${stage}.onnx`;
}

/**
 * Trains, or goes on training, in `run`.
 * @throws AppError `conflict` (the folder holds a run already, or other data), `not_found` (a stage before is missing), `model_invalid`, `training_failed`, `cancelled`, `disk_full`, `write_failed`
 */
export async function trainDetector(options: TrainDetectorOptions): Promise<{ readonly complete: boolean; readonly histories: readonly (readonly StageRecord[])[] }> {
  const stages = options.stage === undefined ? stageNames : [options.stage];
  const begun = stages.some((s) => existsSync(join(options.run, stageCheckpointName(s))));
  if (begun && !options.resume) throw new AppError("conflict", "The run's folder holds this training already. Resume it (--resume), or name another folder.", { detail: options.run });
  const tensorflow = await openTensorflow(options.backend ?? "native");
  await mkdir(options.run, { recursive: true });
  const labels = photosKey(options.photos);
  const { photos: labelled, convention }: Taught = options.teacher === undefined
    ? { photos: withLabels(options.photos), convention: defaultBoxConvention }
    : await teach({ photos: options.photos, key: labels, teacher: options.teacher, run: options.run, begun, signal: options.signal, ...(options.onTaught === undefined ? {} : { onProgress: options.onTaught }) });
  const photos = [...labelled, ...(options.made ?? [])];
  const data = createHash("sha256").update(JSON.stringify([photosKey(photos), convention])).digest("hex");
  options.onEstimate?.(stages.filter((s) => !existsSync(join(options.run, stageModelName(s)))).map((stage) => ({ stage, ...estimateStage(tensorflow, planOf(stage, options)) })));
  const histories = new Map<StageName, readonly StageRecord[]>();
  const end = (complete: boolean) => ({ complete, histories: [...histories.values()] });
  for (const stage of stageNames) {
    if (!stages.includes(stage)) {
      if (stageNames.indexOf(stage) < stageNames.indexOf(stages[0]!) && !existsSync(join(options.run, stageModelName(stage)))) throw new AppError("not_found", `Expected a trained ${stage} in the run's folder; train it first.`);
      continue;
    }
    const trained = await trainStage(tensorflow, stage, { photos, convention, key: data }, options, histories);
    if (!trained) return end(false);
  }
  return end(true);
}

/** What a stage that has not begun will do. */
function planOf(stage: StageName, { init, nets, plan, peak }: TrainDetectorOptions): StagePlan {
  const model = nets?.[stage];
  const own = init === undefined ? stagePlans[stage] : furtherPlan(stagePlans[stage]);
  return { ...own, schedule: { ...own.schedule, ...(peak === undefined ? {} : { peak }) }, ...plan, ...(model === undefined ? {} : { teaching: teachingBy(model) }) };
}

async function trainStage(tensorflow: Tensorflow, stage: StageName, data: Taught & { readonly key: string }, options: TrainDetectorOptions, histories: Map<StageName, readonly StageRecord[]>): Promise<boolean> {
  const file = join(options.run, stageCheckpointName(stage));
  const stored = existsSync(file) ? await readCheckpoint<StagePlan, StageRecord, StageSums>(file) : undefined;
  const plan: StagePlan = stored === undefined ? planOf(stage, options) : { ...stored.plan, ...(options.plan?.epochs === undefined ? {} : { epochs: options.plan.epochs }) };
  if (stored !== undefined) histories.set(stage, stored.history);
  const before = stageNames.slice(0, stageNames.indexOf(stage));
  const models = await Promise.all(before.map((s) => readFile(join(options.run, stageModelName(s)))));
  const key = createHash("sha256").update(JSON.stringify([data.key, plan.seed, plan.windows, plan.net.size, models.map((m) => createHash("sha256").update(m).digest("hex"))])).digest("hex");
  if (stored !== undefined && stored.dataKey !== key) throw new AppError("conflict", `The training of ${stage} was started on other data or other stages before it.`);
  if (plan.teaching?.sha256 !== planOf(stage, options).teaching?.sha256) throw new AppError("conflict", `The training of ${stage} was started with another teacher.`);
  if (stored !== undefined && stored.optimizer.step >= plan.epochs * plan.stepsPerEpoch && existsSync(join(options.run, stageModelName(stage)))) return true;
  const samples = await windowsOf(stage, plan, key, models, data, options);
  options.onWindows?.(stage, samples);
  const from: StageCheckpoint = stored === undefined ? startStage(new StageNet(tensorflow, plan.net), plan, samples, options.init?.[stage], (convolutions, of) => options.onInit?.(stage, convolutions, of)) : { ...stored, plan };
  const events: StageEvents = {
    ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
    async onEpoch(record, history) {
      histories.set(stage, history);
      await writeFileAtomic(join(options.run, "log.jsonl"), [...histories.values()].flat().map((h) => `${JSON.stringify(h)}\n`).join(""));
      await writeFileAtomic(join(options.run, "curves.png"), await stageCurvesPng([...histories.values()]));
      options.onEpoch?.(record);
    },
  };
  const model = options.nets?.[stage];
  const lessons = model === undefined ? undefined : await lessonsBy(model, samples.train, options.signal);
  const { checkpoint, complete } = await continueStage(tensorflow, samples, from, options.run, events, options.signal, lessons);
  if (complete) await writeFileAtomic(join(options.run, stageModelName(stage)), exportStage(plan.net, checkpoint.optimizer.average, { producer: "emostream train detector" }));
  return complete;
}

async function windowsOf(stage: StageName, plan: StagePlan, key: string, models: readonly Buffer[], { photos, convention }: Taught, options: TrainDetectorOptions): Promise<SampleFile> {
  const file = join(options.run, `${stage}.windows`);
  const stored = await readSamples(file, key);
  if (stored !== undefined) return stored;
  await using proposer = models.length === 0 ? undefined : await openProposer(models[0]!, models[1]);
  const samples = await cutSamples({
    photos, plan, convention, key, signal: options.signal,
    ...(proposer === undefined ? {} : { proposer }),
    ...(options.onCut === undefined ? {} : { onProgress: (done: number, total: number) => options.onCut!(stage, done, total) }),
  });
  await writeSamples(file, samples);
  return samples;
}

/** Names photos and labels: the SHA-256 of all of it. */
export function photosKey(photos: readonly LabelledPhoto[]): string {
  const hash = createHash("sha256");
  for (const { name, set, bytes, faces, held, ignore } of photos) hash.update(JSON.stringify([name, set, faces, held, ignore ?? []])).update(bytes);
  return hash.digest("hex");
}
