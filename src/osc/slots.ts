// Which face has which slot. Patches are wired to numbers, so a face keeps its number for as long as it is followed, and a
// free number is given again, lowest first.

/** Numbers from 1 to `max` for the faces of one stream. Pure: told the time. */
export class Slots {
  readonly #max: number;
  readonly #gapMs: number;
  readonly #held = new Map<number, { readonly trackId: number; seenAtMs: number }>();

  /** @param gapMs how long a face that is not seen keeps its slot, milliseconds */
  constructor({ max, gapMs }: { readonly max: number; readonly gapMs: number }) {
    this.#max = max;
    this.#gapMs = gapMs;
  }

  /**
   * Takes the track ids of a frame, the most important first: where there are more faces than slots, the later ones wait.
   * @returns the slot of each track of the frame that has one
   */
  update(trackIds: readonly number[], nowMs: number): ReadonlyMap<number, number> {
    const present = new Set(trackIds);
    const slots = new Map<number, number>();
    for (const [slot, held] of this.#held) {
      if (present.has(held.trackId)) {
        held.seenAtMs = nowMs;
        slots.set(held.trackId, slot);
      } else if (nowMs - held.seenAtMs > this.#gapMs) this.#held.delete(slot);
    }
    for (const trackId of trackIds) {
      if (slots.has(trackId)) continue;
      const slot = this.#lowestFree();
      if (slot === undefined) break;
      this.#held.set(slot, { trackId, seenAtMs: nowMs });
      slots.set(trackId, slot);
    }
    return slots;
  }

  /** Whether a slot has a face, be it seen now or missed for less than the gap. */
  holds(slot: number): boolean {
    return this.#held.has(slot);
  }

  #lowestFree(): number | undefined {
    for (let slot = 1; slot <= this.#max; slot++) if (!this.#held.has(slot)) return slot;
    return undefined;
  }
}
