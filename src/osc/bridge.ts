// Feed messages in, OSC packets out: what changed of each stream, everything again once a second.

import type { FrameMessage, ServerMessage } from "../core/feed.js";
import { emptyMessages, frameMessages, type OscMessage } from "./messages.js";
import { packets } from "./packets.js";
import { Slots } from "./slots.js";

/** Everything is sent again after so long: UDP loses packets, and programs start late. */
const refreshMs = 1000;

export interface OscBridgeOptions {
  /** Most faces of a stream that are sent. */
  readonly maxSlots: number;
  /** How long a face that is not seen keeps its slot, milliseconds. */
  readonly gapMs: number;
  /** Most frames a second that are sent of a stream; 0: all. */
  readonly rate: number;
  readonly send: (packet: Buffer) => void;
  /** A clock that never jumps, milliseconds. */
  readonly now: () => number;
}

interface StreamState {
  readonly slots: Slots;
  /** Slots that were ever held: a program may have missed that one became free. */
  readonly used: Set<number>;
  /** What was sent last at each address, as text. */
  sent: Map<string, string>;
  sentAtMs: number;
  refreshedAtMs: number;
}

/** Turns one server's feed into OSC. */
export class OscBridge {
  readonly #options: OscBridgeOptions;
  readonly #streams = new Map<string, StreamState>();

  constructor(options: OscBridgeOptions) {
    this.#options = options;
  }

  /** Takes a message of the feed. */
  take(message: ServerMessage): void {
    if (message.type === "frame") this.#frame(message);
    else if (message.type === "stream" && (message.removed === true || message.status.state !== "live")) this.#empty(message.streamId);
  }

  /** The server is gone, or the bridge ends: every slot is emptied. */
  clear(): void {
    for (const streamId of this.#streams.keys()) this.#empty(streamId);
  }

  #frame(frame: FrameMessage): void {
    const { maxSlots: max, gapMs, rate, now } = this.#options;
    const nowMs = now();
    const known = this.#streams.get(frame.streamId);
    const state = known ?? { slots: new Slots({ max, gapMs }), used: new Set<number>(), sent: new Map<string, string>(), sentAtMs: -Infinity, refreshedAtMs: -Infinity };
    if (!known) this.#streams.set(frame.streamId, state);
    // Slots follow every frame, also those that the rate leaves out.
    const largestFirst = frame.faces.toSorted((a, b) => b.box.width * b.box.height - a.box.width * a.box.height).map((face) => face.trackId);
    const slots = state.slots.update(largestFirst, nowMs);
    for (const slot of slots.values()) state.used.add(slot);
    if (rate > 0 && nowMs - state.sentAtMs < 1000 / rate) return;
    state.sentAtMs = nowMs;
    if (nowMs - state.refreshedAtMs >= refreshMs) {
      state.refreshedAtMs = nowMs;
      state.sent.clear();
    }
    const empty = [...state.used].filter((slot) => !state.slots.holds(slot));
    this.#send(state, [...empty.flatMap((slot) => emptyMessages(frame.streamId, slot)), ...frameMessages(frame, slots)]);
  }

  #empty(streamId: string): void {
    const state = this.#streams.get(streamId);
    if (!state) return;
    this.#streams.delete(streamId);
    const count: OscMessage = { address: `/emostream/${streamId}/count`, args: [{ type: "i", value: 0 }] };
    this.#send(state, [...[...state.used].flatMap((slot) => emptyMessages(streamId, slot)), count]);
  }

  #send(state: StreamState, messages: readonly OscMessage[]): void {
    const changed = messages.filter(({ address, args }) => {
      const text = JSON.stringify(args);
      if (state.sent.get(address) === text) return false;
      state.sent.set(address, text);
      return true;
    });
    for (const packet of packets(changed)) this.#options.send(packet);
  }
}
