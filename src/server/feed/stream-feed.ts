// One stream's part of the feed: its recent frames for `resume`, and its pictures, which never overtake their results.

import type { Subscription as Running } from "rxjs";
import { episodeMessage, type EpisodeEvent } from "../../core/episode.js";
import type { FrameResult, Preview } from "../../pipeline/types.js";
import { encodePreview } from "../preview-codec.js";
import type { StreamEntry } from "../stream-registry.js";
import type { FrameItem } from "./client-queue.js";
import { frameMessage, streamMessage } from "./messages.js";
import { SharedMessage } from "./shared-message.js";

/** Pictures whose results are still to come; more than this means that the results never will. */
const maxHeldPreviews = 16;

export interface StreamFeedSinks {
  readonly onItem: (item: FrameItem) => void;
  readonly onState: (streamId: string, message: SharedMessage) => void;
}

/** Turns one stream's observables into messages. Nothing is serialised or encoded while nobody wants it. */
export class StreamFeed {
  readonly #entry: StreamEntry;
  readonly #resumeFrames: number;
  readonly #sinks: StreamFeedSinks;
  readonly #running: readonly Running[];
  #previews: Running | undefined;
  /** Frames with the events that came just before them, oldest first. */
  readonly #recent: (readonly FrameItem[])[] = [];
  /** Events since the last frame. */
  #sinceFrame: FrameItem[] = [];
  readonly #held = new Map<number, FrameItem>();
  #lastSeq = -1;
  #toldFigures = "";

  constructor(entry: StreamEntry, resumeFrames: number, sinks: StreamFeedSinks) {
    this.#entry = entry;
    this.#resumeFrames = resumeFrames;
    this.#sinks = sinks;
    const { stream } = entry;
    this.#running = [
      stream.episode$.subscribe((event) => this.#onEpisode(event)),
      stream.result$.subscribe((result) => this.#onResult(result)),
      stream.status$.subscribe(() => this.tellState()),
    ];
  }

  get id(): string {
    return this.#entry.id;
  }

  /** The stream's present state as a message. */
  state(removed = false): SharedMessage {
    return SharedMessage.json(streamMessage(this.id, this.#entry.stream, removed));
  }

  /** Sends the state to everybody who gets this stream. */
  tellState(removed = false): void {
    this.#toldFigures = this.#figures();
    this.#sinks.onState(this.id, this.state(removed));
  }

  /** Sends the state when its figures have changed since it was sent last. */
  tellFigures(): void {
    if (this.#figures() !== this.#toldFigures) this.tellState();
  }

  /** Frames after `seq` that are still remembered, oldest first, and the events that came with them. */
  after(seq: number): readonly FrameItem[] {
    return this.#recent.flat().filter((item) => item.seq > seq);
  }

  /** Begins or ends the encoding of pictures. */
  setPreviews(wanted: boolean): void {
    if (wanted === (this.#previews !== undefined)) return;
    this.#previews?.unsubscribe();
    this.#held.clear();
    this.#previews = wanted ? this.#entry.stream.preview$.subscribe((preview) => this.#onPreview(preview)) : undefined;
  }

  close(): void {
    this.setPreviews(false);
    for (const subscription of this.#running) subscription.unsubscribe();
  }

  #onResult(result: FrameResult): void {
    const { seq } = result;
    const item: FrameItem = { kind: "frame", streamId: this.id, seq, message: SharedMessage.json(frameMessage(this.id, result)) };
    this.#lastSeq = seq;
    if (this.#resumeFrames > 0) {
      this.#recent.push([...this.#sinceFrame.map((event) => ({ ...event, seq })), item]);
      if (this.#recent.length > this.#resumeFrames) this.#recent.shift();
    }
    this.#sinceFrame = [];
    this.#sinks.onItem(item);
    for (const [heldSeq, preview] of this.#held) {
      if (heldSeq > seq) break;
      this.#held.delete(heldSeq);
      // An earlier one belongs to a frame whose analysis failed.
      if (heldSeq === seq) this.#sinks.onItem(preview);
    }
  }

  #onEpisode(event: EpisodeEvent): void {
    const item: FrameItem = { kind: "episode", streamId: this.id, seq: this.#lastSeq, message: SharedMessage.json(episodeMessage(this.id, event)) };
    this.#sinceFrame.push(item);
    this.#sinks.onItem(item);
  }

  #onPreview({ seq, ptsMs, jpeg }: Preview): void {
    const message = SharedMessage.binary(() => encodePreview({ streamId: this.id, seq, ptsMs, jpeg }));
    const item: FrameItem = { kind: "preview", streamId: this.id, seq, message };
    if (seq <= this.#lastSeq) {
      this.#sinks.onItem(item);
      return;
    }
    this.#held.set(seq, item);
    if (this.#held.size > maxHeldPreviews) for (const oldest of this.#held.keys()) return void this.#held.delete(oldest);
  }

  #figures(): string {
    const { counters, status } = this.#entry.stream;
    return JSON.stringify([counters, status]);
  }
}
