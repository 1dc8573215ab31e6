// How often one client may do a thing: a bucket of so many a minute for each, filled evenly.

import { AppError } from "../core/errors.js";

/** More clients than this are not remembered; the one seen longest ago goes first. */
const maxClients = 10_000;
const minuteMs = 60_000;

export interface RateLimitOptions {
  /** 0: no limit. */
  readonly perMinute: number;
  /** What is counted, for the refusal. */
  readonly what: string;
  /** Name of the setting, for the refusal. */
  readonly setting: string;
  /** Milliseconds. */
  readonly now: () => number;
}

/** A limit for each client. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #buckets = new Map<string, { readonly left: number; readonly atMs: number }>();

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  /** Refuses a client that has used up its share. @throws AppError `too_many` */
  check(client: string): void {
    const { perMinute, what, setting } = this.#options;
    const left = this.#left(client);
    if (perMinute === 0 || left >= 1) return;
    const retryAfterSeconds = Math.ceil(((1 - left) * minuteMs) / perMinute / 1000);
    throw new AppError("too_many", `Expected at most ${perMinute} ${what} a minute from one address (${setting}); try again in ${retryAfterSeconds} s.`, { retryAfterSeconds });
  }

  /** Counts one. @throws AppError `too_many` */
  take(client: string): void {
    this.check(client);
    if (this.#options.perMinute === 0) return;
    const bucket = { left: this.#left(client) - 1, atMs: this.#options.now() };
    this.#buckets.delete(client);
    this.#buckets.set(client, bucket);
    const oldest = this.#buckets.size > maxClients ? this.#buckets.keys().next().value : undefined;
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }

  #left(client: string): number {
    const { perMinute, now } = this.#options;
    const bucket = this.#buckets.get(client);
    if (bucket === undefined) return perMinute;
    return Math.min(perMinute, bucket.left + (Math.max(0, now() - bucket.atMs) / minuteMs) * perMinute);
  }
}
