// What waits for one client. Bounded whatever the client does: of frames and pictures the newest win and the rest is counted,
// of a stream's states only the last one waits, and replies to the client's own messages are few.

import type { SharedMessage } from "./shared-message.js";

/** A frame result, its picture, or an event of an episode that became known with it. */
export interface FrameItem {
  readonly kind: "frame" | "preview" | "episode";
  readonly streamId: string;
  /** Of the frame; an episode's event has that of the frame it came with. */
  readonly seq: number;
  readonly message: SharedMessage;
}

/** Messages left out since the connection began. */
export interface Drops {
  readonly frames: number;
  readonly previews: number;
  readonly episodes: number;
}

const maxReplies = 16;

/** The queue of one client. Order: replies, states, frames sent again after `resume`, live frames. */
export class ClientQueue {
  readonly #maxMessages: number;
  #replies: SharedMessage[] = [];
  readonly #states = new Map<string, SharedMessage>();
  #replay: FrameItem[] = [];
  #live: FrameItem[] = [];
  /** Highest seq of each stream whose frame was left out: its picture is left out too. */
  readonly #droppedSeq = new Map<string, number>();
  #frames = 0;
  #previews = 0;
  #episodes = 0;

  constructor(maxMessages: number) {
    this.#maxMessages = maxMessages;
  }

  get drops(): Drops {
    return { frames: this.#frames, previews: this.#previews, episodes: this.#episodes };
  }

  get length(): number {
    return this.#replies.length + this.#states.size + this.#replay.length + this.#live.length;
  }

  /** Bytes of the frames and pictures that wait; other clients share them. */
  get waitingBytes(): number {
    return this.#live.reduce((sum, item) => sum + item.message.bytes.length, 0);
  }

  /** Queues an answer to the client's own messages. False when too many wait already. */
  addReply(message: SharedMessage): boolean {
    if (this.#replies.length >= maxReplies) return false;
    this.#replies.push(message);
    return true;
  }

  /** Queues a stream's state; one of the same stream that still waits is replaced. */
  addState(streamId: string, message: SharedMessage): void {
    this.#states.set(streamId, message);
  }

  /** Queues a frame or picture; when too many wait the oldest are left out. */
  add(item: FrameItem): void {
    if (item.kind === "preview" && item.seq <= (this.#droppedSeq.get(item.streamId) ?? -1)) {
      this.#previews++;
      return;
    }
    this.#live.push(item);
    while (this.#live.length > this.#maxMessages) this.#dropOldest();
  }

  /** Frames to send again, oldest first; takes the place of those of an earlier `resume`. */
  setReplay(items: readonly FrameItem[]): void {
    this.#replay = [...items];
  }

  /** Takes the next message to send. */
  next(): SharedMessage | undefined {
    const reply = this.#replies.shift();
    if (reply) return reply;
    for (const [streamId, state] of this.#states) {
      this.#states.delete(streamId);
      return state;
    }
    return (this.#replay.shift() ?? this.#live.shift())?.message;
  }

  /** Forgets what waits of streams and pictures that the client wants no more. Not counted as drops. */
  keep(wanted: (item: FrameItem) => boolean): void {
    this.#replay = this.#replay.filter(wanted);
    this.#live = this.#live.filter(wanted);
  }

  /** Forgets everything that waits; used before the last message. */
  clear(): void {
    this.#replies = [];
    this.#states.clear();
    this.#replay = [];
    this.#live = [];
  }

  #dropOldest(): void {
    // Episodes are few, and nothing newer says the same: frames and pictures go first.
    const at = Math.max(0, this.#live.findIndex((item) => item.kind !== "episode"));
    const [oldest] = this.#live.splice(at, 1);
    if (!oldest) return;
    if (oldest.kind === "episode") {
      this.#episodes++;
      return;
    }
    if (oldest.kind === "preview") {
      this.#previews++;
      return;
    }
    this.#frames++;
    this.#droppedSeq.set(oldest.streamId, oldest.seq);
    // A picture without its result is of no use.
    const before = this.#live.length;
    this.#live = this.#live.filter((item) => item.kind !== "preview" || item.streamId !== oldest.streamId || item.seq !== oldest.seq);
    this.#previews += before - this.#live.length;
  }
}
