// How many frames a second of each live stream are analysed, so that results come within a target and the streams share the engine fairly. A function
// of what it is told, with the caller's clock: no timer, no measurement of its own.
//
// Two loops. The fast one is arithmetic: what frames cost and how many come gives the level that fits (`fairLevel`), taken over only when it has been
// clearly off for a while. The slow one corrects the share of the workers' time that may be given out, by how long frames had to wait: each try to
// give out more comes later than the one before.

import { fairLevel, type Demand } from "./fair-level.js";
import { PacedStream, type PaceSource } from "./paced-stream.js";

export interface PaceOptions {
  /** Results should be out so long after their frame was received, milliseconds. */
  readonly latencyTargetMs: number;
  /** Calls that the engine works on at the same time. */
  readonly workers: number;
  /** Milliseconds that the engine has worked for everybody, streams or not; undefined where it does not measure. */
  readonly engineWorkedMs?: () => number | undefined;
}

const tickMs = 500;
/** Share of the workers' time that is given out at first, and its limits. */
const firstShare = 0.85;
const [leastShare, mostShare] = [0.4, 0.9];
const shareStep = 0.05;
/** A level below this would be no live stream any more. */
export const leastFps = 0.5;

/** The level sinks after so many ticks in which it was this much too high, and rises after so many in which this much more had fitted, with room to spare. */
const [ticksToLower, tooHigh] = [2, 0.9];
const [ticksToRaise, tooLow, spare] = [8, 1.12, 0.9];
/** Every frame of everybody: given up when it is so much more than fits. */
const everythingSlack = 0.95;

/** Ticks between two looks at the waiting times, and looks before more is given out again; that number doubles with each time it was too much. */
const ticksToLook = 4;
/** After a change of the level the queues of before are worked off first. */
const ticksToSettle = 2;
const [firstPatience, mostPatience] = [5, 320];
/** Of the allowed waiting time: above the first it is too long, below the second there is room. Measured by the 90th percentile. */
const [waitTooLong, waitShort] = [1, 0.5];
const leastAnswers = 10;
/** Frames that cost so much less than when the share was found have nothing to do with what was learnt then. */
const muchCheaper = 0.6;
/** A frame that alone takes longer than the target may still wait so much of it. */
const leastWait = 0.3;

/** Others than live streams (files, stills) count as present from this share of the workers' time on, and take at most the other half. */
const othersPresent = 0.1;
const othersMost = 0.5;

/** Sets the level for all live streams of an engine. */
export class PaceController implements PaceSource {
  readonly #options: PaceOptions;
  readonly #streams = new Set<PacedStream>();
  #level = Number.POSITIVE_INFINITY;
  #share = firstShare;
  #lastMs: number | undefined;
  #lower = 0;
  /** What would have fitted with room to spare, in the last ticks. */
  #roomy: number[] = [];
  /** Waiting times since the last look, in shares of what each frame was allowed. */
  #waits: number[] = [];
  /** Ticks since the last look; below 0 while a change settles. */
  #looking = 0;
  #joined = 0;
  #calmLooks = 0;
  #patience = firstPatience;
  /** What frames cost, at most, since the share went down last. */
  #learntCostMs = 0;
  #othersMs = 0;
  #engineMs: number | undefined;
  #streamsMs = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** A stream begins. */
  join(): PacedStream {
    // Multiples of the golden ratio: any number of them lies well spread.
    const stream = new PacedStream(this, (this.#joined++ * 0.618_034) % 1);
    this.#streams.add(stream);
    this.#forgive();
    return stream;
  }

  leave(stream: PacedStream): void {
    // What it worked goes out of the sum too, or it would look like work for others.
    if (this.#streams.delete(stream)) this.#streamsMs -= stream.workedMs;
    this.#share = Math.max(this.#share, firstShare);
    this.#forgive();
  }

  get level(): number {
    return this.#level;
  }

  get reason(): "engine_busy" | "latency" {
    return this.#share < firstShare ? "latency" : "engine_busy";
  }

  get usualCostMs(): number {
    const known = [...this.#streams].flatMap(({ costMs }) => costMs ?? []);
    return known.length === 0 ? 0 : known.reduce((a, b) => a + b, 0) / known.length;
  }

  answered(waitedMs: number, costMs: number): void {
    const { latencyTargetMs } = this.#options;
    if (this.#looking < 0) return;
    this.#waits.push(waitedMs / Math.max(latencyTargetMs - costMs, leastWait * latencyTargetMs));
  }

  /** Time goes on; called with every frame. Decides at most twice a second. */
  advance(nowMs: number): void {
    const sinceMs = this.#lastMs === undefined ? undefined : nowMs - this.#lastMs;
    if (sinceMs !== undefined && sinceMs < tickMs) return;
    this.#lastMs = nowMs;
    if (sinceMs === undefined) return;
    this.#looking += 1;
    this.#measureOthers(sinceMs);
    const demands = [...this.#streams].map((stream) => stream.demand(nowMs));
    this.#adjust(demands);
    this.#notice();
    // While a change is due, or has just been made, frames wait for its reason.
    if (this.#looking < ticksToLook || this.#lower > 0) return;
    this.#looking = 0;
    this.#look(demands);
  }

  /** Milliseconds of work a second that live streams may take. */
  get #budgetMs(): number {
    const all = 1000 * this.#options.workers;
    return this.#share * (all - Math.min(this.#othersMs, othersMost * all));
  }

  #adjust(demands: readonly Demand[]): void {
    const top = Math.max(leastFps, ...demands.map(({ fps }) => fps));
    const fits = Math.min(top, fairLevel(demands, this.#budgetMs));
    const roomy = fairLevel(demands, spare * this.#budgetMs);
    const held = this.#level !== Number.POSITIVE_INFINITY;
    this.#lower = fits < (held ? tooHigh * this.#level : everythingSlack * top) ? this.#lower + 1 : 0;
    if (this.#lower >= ticksToLower) {
      this.#set(fits);
      return;
    }
    this.#roomy = [...this.#roomy.slice(1 - ticksToRaise), roomy];
    const least = Math.min(...this.#roomy);
    if (held && this.#roomy.length === ticksToRaise && least >= tooLow * this.#level) this.#set(least);
  }

  #set(level: number): void {
    this.#level = Math.max(leastFps, level);
    this.#lower = 0;
    this.#roomy = [];
    this.#settle();
  }

  /** Waiting times of before say nothing about what is now. */
  #settle(): void {
    this.#waits = [];
    this.#looking = -ticksToSettle;
  }

  /** Where the load that the share was found under has gone, begins anew with it: waiting for one try after the other would take as long as they were made rare. */
  #notice(): void {
    const { usualCostMs } = this;
    // Compared at one share only: at another, workers get in each other's way more or less, and frames cost more or less for that alone.
    this.#learntCostMs = Math.max(this.#learntCostMs, usualCostMs);
    if (this.#share >= firstShare || usualCostMs > muchCheaper * this.#learntCostMs) return;
    this.#share = firstShare;
    this.#learntCostMs = 0;
    this.#forgive();
  }

  /** Whether frames waited too long, or so little that more can be given out. */
  #look(demands: readonly Demand[]): void {
    // Streams with few frames need more than one look for as many answers.
    if (this.#waits.length < leastAnswers) return;
    const waits = this.#waits.splice(0).toSorted((a, b) => a - b);
    // While others use the engine, frames wait for them; fewer frames of ours would not help.
    if (this.#othersMs > othersPresent * 1000 * this.#options.workers) return;
    const wait = waits[Math.floor(0.9 * waits.length)]!;
    if (wait > waitTooLong) {
      this.#giveLess(demands);
      return;
    }
    this.#calmLooks = wait < waitShort ? this.#calmLooks + 1 : 0;
    const limit = this.#level === Number.POSITIVE_INFINITY ? firstShare : mostShare;
    if (this.#calmLooks < this.#patience || this.#share >= limit) return;
    this.#calmLooks = 0;
    this.#share = Math.min(limit, this.#share + shareStep);
  }

  #giveLess(demands: readonly Demand[]): void {
    this.#calmLooks = 0;
    const load = demands.reduce((sum, { fps, costMs }) => sum + Math.min(fps, this.#level) * costMs, 0) / (1000 * this.#options.workers);
    // At so little load it is not the streams that make each other wait.
    if (load < leastShare) return;
    this.#share = Math.max(leastShare, Math.min(this.#share, load) - shareStep);
    this.#patience = Math.min(mostPatience, 2 * this.#patience);
    this.#learntCostMs = 0;
    const fits = fairLevel(demands, this.#budgetMs);
    if (fits < this.#level) this.#set(fits);
  }

  /** Other streams, another load: what was learnt of the old one does not hold. */
  #forgive(): void {
    this.#patience = firstPatience;
    this.#calmLooks = 0;
    this.#settle();
  }

  #measureOthers(sinceMs: number): void {
    const streamsMs = [...this.#streams].reduce((sum, { workedMs }) => sum + workedMs, 0);
    const engineMs = this.#options.engineWorkedMs?.();
    if (engineMs !== undefined && this.#engineMs !== undefined) {
      const othersMs = ((engineMs - this.#engineMs - (streamsMs - this.#streamsMs)) * 1000) / sinceMs;
      this.#othersMs += 0.3 * (Math.max(0, othersMs) - this.#othersMs);
    }
    this.#engineMs = engineMs;
    this.#streamsMs = streamsMs;
  }
}
