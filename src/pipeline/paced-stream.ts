// One live stream as the controller sees it: how many frames it brings, what they cost, and which of them go on.

import type { Pace } from "../core/feed.js";
import { roundFps } from "../core/round.js";
import { ArrivalRate } from "./arrival-rate.js";
import type { Demand } from "./fair-level.js";

/** The cost of a frame is a mean over about this time; by time and not by frames, or a stream that gets few would take long to see that they have become cheap. */
const costWindowMs = 1200;
/** Weight of the newest frame in it at most: what one takes scatters. */
const mostWeight = 0.2;
/** A stream counts as held back when it brings so many times the level, so that one at the level does not change its mind with every jitter. */
const heldFrom = 1.1;
/** Most frames' worth of time that is saved up. Less would lose rate, as a frame may come just too early for its turn; more would let frames through in bursts. */
const mostCredit = 2;

/** What a paced stream asks the controller; by declaration, since the controller makes its streams. */
export interface PaceSource {
  /** Most frames a second of each stream now. */
  readonly level: number;
  /** Why there is a level at all. */
  readonly reason: Exclude<Pace["reason"], "every_frame">;
  /** Cost of a frame of the other streams, for one that has none yet. */
  readonly usualCostMs: number;
  advance(nowMs: number): void;
  answered(waitedMs: number, costMs: number): void;
  leave(stream: PacedStream): void;
}

/** Made by `PaceController.join`. All times are milliseconds of the one clock that the controller is told. */
export class PacedStream {
  readonly #source: PaceSource;
  readonly #phase: number;
  readonly #arrivals = new ArrivalRate();
  #costMs: number | undefined;
  #frames = 0;
  /** Work since the last result. */
  #pendingMs = 0;
  #answeredMs = Number.NEGATIVE_INFINITY;
  #workedMs = 0;
  #credit = 0;
  #lastMs: number | undefined;
  #held = false;

  /** @param phase 0 to 1, another for each stream: held back at the same moment, they would all let their frames through at the same moments from then on. */
  constructor(source: PaceSource, phase: number) {
    this.#source = source;
    this.#phase = phase;
  }

  /**
   * A frame came; whether it goes on.
   * @param needsLook False where the answer is known without the engine: such a frame goes on, and takes nothing of what was saved up.
   */
  offer(nowMs: number, needsLook = true): boolean {
    this.#arrivals.add(nowMs);
    this.#source.advance(nowMs);
    const { level } = this.#source;
    const sinceMs = this.#lastMs === undefined ? 0 : nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    this.#held = this.#isHeld(nowMs);
    if (!this.#held) {
      this.#credit = this.#phase;
      return true;
    }
    this.#credit = Math.min(mostCredit, this.#credit + (sinceMs * level) / 1000);
    if (!needsLook) return true;
    if (this.#credit < 1) return false;
    this.#credit -= 1;
    return true;
  }

  /** Time of a worker that went into one of its frames. */
  worked(ms: number): void {
    this.#pendingMs += ms;
    this.#workedMs += ms;
  }

  /** A result is out, so long after its frame was received. */
  answered(latencyMs: number, nowMs: number): void {
    this.#frames += 1;
    const tookMs = this.#pendingMs;
    this.#pendingMs = 0;
    const before = this.#costMs ?? tookMs;
    // The mean of the first ones, so that the very first, which warms everything up, does not stand for long.
    const weight = Math.max(1 / this.#frames, Math.min(mostWeight, 1 - Math.exp((this.#answeredMs - nowMs) / costWindowMs)));
    this.#answeredMs = nowMs;
    this.#costMs = before + (tookMs - before) * weight;
    // A frame that asked the engine nothing says nothing about waiting for it.
    if (tookMs > 0) this.#source.answered(Math.max(0, latencyMs - tookMs), tookMs);
  }

  /** What it asks for. */
  demand(nowMs: number): Demand {
    return { fps: this.#arrivals.fps(nowMs), costMs: this.costMs ?? this.#source.usualCostMs };
  }

  /** Of one frame; undefined before the first result. */
  get costMs(): number | undefined {
    return this.#costMs;
  }

  /** All work on its frames so far. */
  get workedMs(): number {
    return this.#workedMs;
  }

  /** As the stream tells it; undefined while no frames come. */
  pace(nowMs: number): Pace | undefined {
    const wanted = this.#arrivals.fps(nowMs);
    if (wanted === 0) return undefined;
    const held = this.#isHeld(nowMs);
    return { fps: roundFps(held ? Math.min(wanted, this.#source.level) : wanted), wantedFps: roundFps(wanted), reason: held ? this.#source.reason : "every_frame" };
  }

  /** The stream is over; what it had goes to the others. */
  leave(): void {
    this.#source.leave(this);
  }

  #isHeld(nowMs: number): boolean {
    const { level } = this.#source;
    return level !== Number.POSITIVE_INFINITY && this.#arrivals.fps(nowMs) > level * (this.#held ? 1 : heldFrom);
  }
}
