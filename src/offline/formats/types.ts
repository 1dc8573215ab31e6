// What every result format gets: a head, then each frame once and in order, then the end.

import type { AnalysisSettings } from "../../core/config.js";
import type { EpisodeEvent } from "../../core/episode.js";
import type { EngineInfo } from "../../core/engine.js";
import type { Face } from "../../core/feed.js";
import type { PrivacyDeclaration } from "../../core/privacy.js";

/** A face of a track that is missing for longer is drawn, and annotated, as gone. Milliseconds. */
export const absenceMs = 500;

/** One frame's result, rounded. */
export interface FrameRecord {
  readonly seq: number;
  readonly epoch: number;
  readonly ptsMs: number;
  /** Playing time, zero at the start of the file. Milliseconds. */
  readonly timeMs: number;
  readonly width: number;
  readonly height: number;
  readonly faces: readonly Face[];
}

/** An event of an episode with its playing time. */
export interface EpisodeRecord extends EpisodeEvent {
  readonly timeMs: number;
}

/** What a result says of itself: enough to make it again, and no path or clock. */
export interface ResultHead {
  readonly version: string;
  readonly source: { readonly name: string; readonly sizeBytes?: number; readonly sha256?: string };
  /** From the folder of the results to the film, with `/`, for formats that play it; absent: it lies beside them. */
  readonly mediaPath?: string;
  readonly engine: EngineInfo;
  readonly settings: AnalysisSettings;
  /** Absent: nothing was declared. */
  readonly privacy?: PrivacyDeclaration;
}

/** Where a format's text goes. Resolves when there is room for more. */
export type WriteText = (text: string) => Promise<void>;

/** One format being written. Frames come in order, before each the episodes' events that became known with it; `finish` follows the last, also when the file broke off. */
export interface ResultWriter {
  episode?(record: EpisodeRecord): Promise<void>;
  frame(record: FrameRecord): Promise<void>;
  finish(): Promise<void>;
}
