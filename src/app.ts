// The composition root: the only place that knows ingest, inference, pipeline, offline and server at once.

import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Config } from "./core/config.js";
import type { ClassifySettings, DetectedFace, Engine } from "./core/engine.js";
import type { Picture } from "./core/frame.js";
import { AppError, toAppError } from "./core/errors.js";
import { createLogger, type Logger } from "./core/logger.js";
import { packageRoot, packageVersion } from "./core/package-info.js";
import type { OpenSource } from "./core/source.js";
import { findModel, modelFolder } from "./inference/model-folder.js";
import { createEngine } from "./inference/index.js";
import { createFfmpegSource, limitConnecting, openPushedSource, parseSource } from "./ingest/index.js";
import { analyzeFile, createAnalysisService, createPredictService, predictPicture, runStudy, type AnalyzedFile, type AnalyzeFileOptions, type StillResult, type StudyOptions, type StudyResult } from "./offline/index.js";
import { createStream, PaceController } from "./pipeline/index.js";
import { encodePreview } from "./preview.js";
import type { EmostreamServer } from "./server/index.js";
import { lockState } from "./state-lock.js";

export { findModel, modelFolder };

const demoClip = join(packageRoot, "assets/demo/demo.mp4");

export interface App {
  /** Where the server listens. */
  readonly url: string;
  /** Present where this start made the server's admin token; nothing tells it again. */
  readonly madeToken?: string;
  /** Settles when the engine cannot go on and the process has to end, with what is to be told; else never. */
  readonly broken: Promise<AppError>;
  /** Orderly end: clients are told, streams stopped, decoders and workers gone. Idempotent. */
  close(): Promise<void>;
}

export interface AppOptions {
  /** Adds the demo stream, which is not kept over a restart. */
  readonly demo: boolean;
  /** Further sources to add at start. */
  readonly sources: readonly string[];
}

/**
 * Starts the server. It listens before the models are loaded; frames that come earlier are dropped as `superseded`.
 * @throws AppError `address_in_use`, `state_in_use`, `invalid_config`, `ffmpeg_missing`, `unsupported_protocol`
 */
export async function startApp(config: Config, options: AppOptions): Promise<App> {
  const opened: (() => Promise<void>)[] = [];
  let closing: Promise<void> | undefined;
  const close = () =>
    (closing ??= (async () => {
      for (const closeOne of opened.toReversed()) await closeOne();
    })());
  try {
    const { server, broken } = await openAll(config, options, opened);
    const { url, madeToken } = server;
    return { url, ...(madeToken === undefined ? {} : { madeToken }), broken, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens everything in order and notes how each is closed. */
async function openAll(config: Config, options: AppOptions, opened: (() => Promise<void>)[]): Promise<{ readonly server: EmostreamServer; readonly broken: Promise<AppError> }> {
  const logger = createLogger(config.log.level);
  const openSource = sourceOpener(config, logger);
  const lock = await lockState([config.server.stateFile, config.server.workDir]);
  opened.push(() => lock.release());
  const mediaRoot = resolve(config.server.mediaRoot);
  // So that whoever reads of the media root finds it.
  await mkdir(mediaRoot, { recursive: true });
  const engine = await openEngine(config, logger);
  opened.push(() => engine.close());
  const analyses = await createAnalysisService({
    workDir: resolve(config.server.workDir),
    maxAnalyses: config.server.maxAnalyses,
    maxAgeMs: config.server.analysisMaxAgeHours * 3_600_000,
    mediaRoot,
    analysis: config.analysis,
    ingest: config.ingest,
    privacy: config.privacy,
    engine,
    openSource,
    logger,
    version: packageVersion(),
  });
  opened.push(() => analyses.close());
  // Frames that are each looked at anew can be shared by two workers; results stay in order. A stream that follows faces takes one all the same.
  const concurrency = Math.min(2, engine.concurrency);
  // Of streams only: an analysis that somebody waits for does not queue behind dead cameras.
  const openStream = limitConnecting(openSource, config.ingest.maxConnecting);
  const { latencyTargetMs } = config.live;
  const pacing = latencyTargetMs === 0 ? undefined : new PaceController({ latencyTargetMs, workers: engine.concurrency, engineWorkedMs: () => engine.workedMs });
  // Only here: commands that analyse files start sooner without it.
  const { createServer } = await import("./server/index.js");
  const server = await createServer({
    config,
    logger,
    version: packageVersion(),
    engineInfo: engine.info,
    // Clients that push have credits: a frame that is turned away gives one back, and the next would come at once.
    makeStream: (spec, pushed) => createStream(spec, { openSource: pushed ?? openStream, engine, encodePreview: encodePreview(config.preview, config.privacy), logger, concurrency, ...(pacing !== undefined && pushed === undefined && { pacing }) }),
    parseSource: (text) => parseSource(text, config.ingest),
    openPushedSource,
    analyses,
    predict: createPredictService({ engine, analysis: config.analysis, maxPixels: config.ingest.maxPixels }),
    webDir: join(packageRoot, "web"),
  });
  opened.push(() => server.close());
  if (options.demo) await addDemo(server);
  for (const source of options.sources) await server.addStream({ source }, { persist: false });
  return { server, broken: tellBroken(engine, logger) };
}

async function tellBroken(engine: Engine, logger: Logger): Promise<AppError> {
  const error = await (engine.broken ?? new Promise<never>(() => undefined));
  logger.fatal({ code: error.code, err: error }, "the inference engine hangs; this process ends, to be started anew");
  return error;
}

/** What `analyze` on the command line asks for. */
export type AnalyzeRequest = Pick<AnalyzeFileOptions, "input" | "outDir" | "formats" | "csvColumns" | "signal" | "onProgress">;

/**
 * Analyses one file into result files.
 * @throws AppError as `analyzeFile`
 */
export async function analyzeToFiles(config: Config, request: AnalyzeRequest): Promise<AnalyzedFile> {
  const logger = createLogger("error");
  const opening = ownEngine(config, logger);
  const engine = opening.then((own) => own.engine);
  engine.catch(() => undefined); // analyzeFile tells, unless something else went wrong before
  try {
    return await analyzeFile({ ...request, settings: config.analysis, ingest: config.ingest, privacy: config.privacy, engine, openSource: sourceOpener(config, logger), logger, version: packageVersion() });
  } finally {
    await opening.then((own) => own[Symbol.asyncDispose](), () => undefined);
  }
}

/** What `analyze` of several files asks for. */
export type StudyRequest = Pick<StudyOptions, "list" | "outDir" | "formats" | "csvColumns" | "again" | "signal" | "onProgress" | "onOutcome">;

/**
 * Analyses the files of a study that are not done yet, then writes what is about all of them.
 * @throws AppError as `runStudy`; `state_in_use` while another process works on the same folder
 */
export async function analyzeStudy(config: Config, request: StudyRequest): Promise<StudyResult> {
  const lock = await lockState([request.outDir], (path) => `Another analyze is writing into ${path}. Wait for it, or choose another --out.`);
  try {
    const logger = createLogger("error");
    await using engine = await ownEngine(config, logger);
    // How many workers share the work, and for how long they may be silent, changes no result.
    const { workers: _workers, hungAfterMs: _hungAfterMs, ...engineSettings } = config.engine;
    return await runStudy({ ...request, engineSettings, settings: config.analysis, ingest: config.ingest, privacy: config.privacy, engine: engine.engine, openSource: sourceOpener(config, logger), logger, version: packageVersion() });
  } finally {
    await lock.release();
  }
}

/** An engine for stills. Closing it ends the workers. */
export interface Predictor extends AsyncDisposable {
  readonly engine: Engine;
  /** @throws AppError as `predictPicture` */
  predict(path: string, classify?: ClassifySettings): Promise<StillResult>;
}

/** Opens what `predict` on the command line needs. */
export async function openPredictor(config: Config): Promise<Predictor> {
  const owned = await ownEngine(config, createLogger("error"));
  return {
    engine: owned.engine,
    predict: (path, classify) => predictPicture(path, { engine: owned.engine, settings: config.analysis, ...(classify && { classify }), maxPixels: config.ingest.maxPixels }),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

/** Finds the largest face of a picture, for data sets of whole photos. Models are loaded when the first picture comes. */
export function openFaceFinder(config: Config): AsyncDisposable & { find(picture: Picture): Promise<DetectedFace | undefined>; findAll(picture: Picture): Promise<readonly DetectedFace[]> } {
  let opening: Promise<Engine> | undefined;
  const findAll = async (picture: Picture) => {
    const engine = await (opening ??= openEngine(config, createLogger("error"), 1));
    const [faces = []] = await engine.analyze([{ picture }]);
    return faces;
  };
  return {
    findAll,
    find: async (picture) => (await findAll(picture))[0],
    async [Symbol.asyncDispose]() {
      await (await opening)?.close();
    },
  };
}

async function addDemo(server: EmostreamServer): Promise<void> {
  try {
    await server.addStream({ id: "demo", name: "Demo", source: demoClip, loop: true }, { persist: false, trusted: true });
  } catch (error) {
    // Somebody has named a stream of their own so; theirs stays.
    if (toAppError(error).code !== "stream_exists") throw error;
  }
}

/**
 * Opens the engine that the configuration asks for.
 * @throws AppError `engine_unavailable`, `model_invalid`, `model_unknown`; `invalid_config` for a prior where our emotion model is not in use
 */
export async function openEngine({ engine: { emotions, emotionModel, detector, scaleFactor, scoreThresholds, ...engine } }: Config, logger: Logger, workers = engine.workers): Promise<Engine> {
  if (emotions === "engine" && engine.name === "emostream") throw new AppError("invalid_config", "Expected engine.emotions: emostream for engine.name: emostream, received engine: its emotion model is our CNN.");
  if (emotions === "engine" && engine.prior !== undefined) throw new AppError("invalid_config", "Expected engine.emotions: emostream for engine.prior, received engine: the training prior of the engine's own model is not known.");
  if (emotions === "engine" && engine.precision === "int8") throw new AppError("invalid_config", "Expected engine.emotions: emostream for engine.precision: int8, received engine: only our own nets have int8.");
  // Our emotion CNN stands beside whichever detector is in use, unless the configuration asks for the engine's own model.
  return createEngine({
    ...engine,
    workers,
    logger,
    ...(engine.name === "emostream" ? { detector: { folder: await modelFolder("detector", detector), ...(scaleFactor === undefined ? {} : { scaleFactor }), ...(scoreThresholds === undefined ? {} : { scoreThresholds }) } } : {}),
    ...(emotions === "emostream" ? { emotionModelDir: await modelFolder("emotion", emotionModel) } : {}),
  });
}

async function ownEngine(config: Config, logger: Logger): Promise<AsyncDisposable & { readonly engine: Engine }> {
  const engine = await openEngine(config, logger);
  return { engine, [Symbol.asyncDispose]: () => engine.close() };
}

function sourceOpener(config: Config, logger: Logger): OpenSource {
  const { ffmpeg, ffprobe, maxPixels, maxMemoryBytes, privateSources } = config.ingest;
  return createFfmpegSource({ ffmpeg, ffprobe, maxPixels, maxMemoryBytes, privateSources, logger });
}
