// Public face of the pipeline.

export { Episodes, type EpisodeInput } from "./episodes.js";
export { runFile } from "./file-run.js";
export { latestMap, type LatestMapOptions } from "./latest-map.js";
export { FrameLedger, isConserved } from "./ledger.js";
export { losslessMap, type LosslessMapOptions } from "./lossless-map.js";
export type { LeftOut } from "./ordered-map.js";
export { PaceController, type PaceOptions } from "./pace-controller.js";
export { createStream } from "./stream.js";
export type { DroppedFrame, EncodePreview, FileRun, FileRunDeps, FileRunOptions, FrameResult, Preview, ReconnectSettings, Stream, StreamDeps, StreamSpec } from "./types.js";
