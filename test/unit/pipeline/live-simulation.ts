// Cameras, a queue and workers in simulated time, for the controller of live streams. Arrivals jitter, frames take a time that scatters, results come when
// a worker has got to them: what the controller is told is what a server would tell it.

import { PaceController } from "../../../src/pipeline/pace-controller.js";
import type { PacedStream } from "../../../src/pipeline/paced-stream.js";

export interface CameraPlan {
  readonly fps: number;
  /** Mean time of a worker for one frame at a moment, milliseconds. */
  readonly costMs: (atMs: number) => number;
  readonly fromMs?: number;
  readonly untilMs?: number;
}

export interface SimulatedCamera {
  readonly plan: CameraPlan;
  readonly offered: number[];
  /** When its frames were received that got a result. */
  readonly analysed: number[];
  readonly latencies: { readonly atMs: number; readonly latencyMs: number }[];
  /** What its pace was, whenever that changed by more than rounding. */
  readonly paces: { readonly atMs: number; readonly fps: number; readonly reason: string }[];
}

interface Job {
  readonly camera: number;
  readonly receivedMs: number;
}

/** A generator of numbers from 0 to 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Runs cameras for a time. Each has at most two frames in the engine and one that waits, as a live stream has; the engine is one queue before all workers.
 * @param others Somebody who analyses a file meanwhile: always one picture of 20 ms more in the engine than there are workers.
 */
export function simulate(plans: readonly CameraPlan[], { seconds, workers, latencyTargetMs, seed = 1, others }: { seconds: number; workers: number; latencyTargetMs: number; seed?: number; others?: { readonly fromMs: number; readonly untilMs: number } }): { readonly cameras: readonly SimulatedCamera[]; readonly controller: PaceController } {
  const random = seeded(seed);
  let engineMs = 0;
  const controller = new PaceController({ latencyTargetMs, workers, engineWorkedMs: () => engineMs });
  const cameras = plans.map((plan): SimulatedCamera => ({ plan, offered: [], analysed: [], latencies: [], paces: [] }));
  const streams: (PacedStream | undefined)[] = plans.map(() => undefined);
  const inEngine = plans.map(() => 0);
  const waiting: (Job | undefined)[] = plans.map(() => undefined);
  const queue: Job[] = [];
  const free = Array.from({ length: workers }, (_, i) => i);
  const events: { readonly atMs: number; readonly order: number; readonly run: (nowMs: number) => void }[] = [];
  let order = 0;
  const at = (atMs: number, run: (nowMs: number) => void): void => {
    const event = { atMs, order: order++, run };
    let [low, high] = [0, events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (events[middle]!.atMs <= atMs) low = middle + 1;
      else high = middle;
    }
    events.splice(low, 0, event);
  };

  const work = (nowMs: number): void => {
    while (free.length > 0 && queue.length > 0) {
      const job = queue.shift()!;
      const worker = free.pop()!;
      const mean = job.camera < 0 ? 20 : plans[job.camera]!.costMs(nowMs);
      // From half to twice the mean, and now and then four times.
      const tookMs = mean * (random() < 0.03 ? 4 : 0.5 + random());
      at(nowMs + tookMs, (doneMs) => {
        free.push(worker);
        engineMs += tookMs;
        if (job.camera >= 0) answer(job, tookMs, doneMs);
        else if (doneMs < others!.untilMs) queue.push({ camera: -1, receivedMs: doneMs });
        work(doneMs);
      });
    }
  };
  const begin = (job: Job, nowMs: number): void => {
    inEngine[job.camera]! += 1;
    queue.push(job);
    work(nowMs);
  };
  const answer = (job: Job, tookMs: number, nowMs: number): void => {
    inEngine[job.camera]! -= 1;
    streams[job.camera]?.worked(tookMs);
    const latencyMs = nowMs - job.receivedMs;
    cameras[job.camera]!.analysed.push(job.receivedMs);
    cameras[job.camera]!.latencies.push({ atMs: job.receivedMs, latencyMs });
    streams[job.camera]?.answered(latencyMs, nowMs);
    const next = waiting[job.camera];
    waiting[job.camera] = undefined;
    if (next !== undefined) begin(next, nowMs);
  };
  const arrive = (camera: number, dueMs: number, nowMs: number): void => {
    const { fps, untilMs = Number.POSITIVE_INFINITY } = plans[camera]!;
    if (nowMs >= untilMs) {
      streams[camera]?.leave();
      streams[camera] = undefined;
      return;
    }
    const stream = (streams[camera] ??= controller.join());
    cameras[camera]!.offered.push(nowMs);
    if (stream.offer(nowMs)) {
      const job = { camera, receivedMs: nowMs };
      if (inEngine[camera]! < Math.min(2, workers)) begin(job, nowMs);
      else waiting[camera] = job;
    }
    const { paces } = cameras[camera]!;
    const pace = stream.pace(nowMs);
    if (pace !== undefined && pace.reason !== "every_frame" && Math.abs((paces.at(-1)?.fps ?? 0) - pace.fps) > 0.11) paces.push({ atMs: nowMs, fps: pace.fps, reason: pace.reason });
    else if (pace?.reason === "every_frame" && paces.length > 0 && paces.at(-1)!.reason !== "every_frame") paces.push({ atMs: nowMs, fps: fps, reason: "every_frame" });
    const nextDueMs = dueMs + 1000 / fps;
    at(Math.max(nowMs, nextDueMs + (random() - 0.5) * 8), (laterMs) => arrive(camera, nextDueMs, laterMs));
  };
  for (const [camera, { fromMs = 0, fps }] of plans.entries()) {
    const firstMs = fromMs + (random() * 1000) / fps;
    at(firstMs, (nowMs) => arrive(camera, firstMs, nowMs));
  }
  if (others !== undefined) {
    at(others.fromMs, (nowMs) => {
      for (let n = 0; n <= workers; n++) queue.push({ camera: -1, receivedMs: nowMs });
      work(nowMs);
    });
  }
  for (let event = events.shift(); event !== undefined && event.atMs < seconds * 1000; event = events.shift()) event.run(event.atMs);
  return { cameras, controller };
}

/** Frames a second of times between two moments. */
export function rate(times: readonly number[], fromSeconds: number, toSeconds: number): number {
  return times.filter((ms) => ms >= fromSeconds * 1000 && ms < toSeconds * 1000).length / (toSeconds - fromSeconds);
}

/** Quantile of a camera's latencies between two moments. */
export function latency({ latencies }: SimulatedCamera, quantile: number, fromSeconds: number, toSeconds: number): number {
  const sorted = latencies.filter(({ atMs }) => atMs >= fromSeconds * 1000 && atMs < toSeconds * 1000).map(({ latencyMs }) => latencyMs).toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))]!;
}
