// Prometheus metrics. All figures of a stream are read in one go, so the conservation law holds within each scrape:
// decoded = analysed + dropped (all reasons) + in flight.

import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Subscription as Running } from "rxjs";
import { streamStates } from "../core/feed.js";
import { dropReasons } from "../core/source.js";
import type { FeedStats } from "./feed/feed-hub.js";
import type { PushStats } from "./push/push-hub.js";
import type { StreamEntry, StreamRegistry } from "./stream-registry.js";

/** Seconds; a live frame is worth little after a second. */
const latencyBuckets = [0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5];

/** The metrics of one server. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #streams: StreamRegistry;
  readonly #feed: () => FeedStats;
  readonly #push: () => PushStats;
  readonly #loop = monitorEventLoopDelay({ resolution: 10 });
  readonly #results = new Map<string, Running>();
  readonly #changes: Running;
  readonly #decoded = this.#counter("emostream_frames_decoded_total", "Frames decoded.", ["stream"]);
  readonly #analysed = this.#counter("emostream_frames_analysed_total", "Frames analysed.", ["stream"]);
  readonly #dropped = this.#counter("emostream_frames_dropped_total", "Decoded frames that were not analysed.", ["stream", "reason"]);
  readonly #still = this.#counter("emostream_frames_still_total", "Analysed frames of an empty picture in which nothing had moved, so that faces were not looked for.", ["stream"]);
  readonly #inFlight = this.#gauge("emostream_frames_in_flight", "Decoded frames whose fate is open.", ["stream"]);
  readonly #pool = this.#gauge("emostream_frame_pool_size", "Frame buffers of the stream.", ["stream"]);
  readonly #state = this.#gauge("emostream_stream_state", "1 for the stream's present state.", ["stream", "state"]);
  readonly #fps = this.#gauge("emostream_stream_fps", "Analysed frames a second over the last seconds.", ["stream"]);
  readonly #paceFps = this.#gauge("emostream_stream_pace_fps", "Frames a second that go to the engine; the others are dropped as paced.", ["stream"]);
  readonly #wantedFps = this.#gauge("emostream_stream_wanted_fps", "Frames a second that the source brings.", ["stream"]);
  readonly #latency = new Histogram({
    name: "emostream_frame_latency_seconds",
    help: "From frame received to result.",
    labelNames: ["stream"],
    buckets: latencyBuckets,
    registers: [this.#registry],
  });
  readonly #clients = this.#gauge("emostream_feed_clients", "Connected WebSocket clients.", []);
  readonly #feedDropped = this.#counter("emostream_feed_dropped_total", "Messages left out for slow clients.", ["kind"]);
  readonly #feedHeld = this.#gauge("emostream_feed_held_bytes", "Bytes that wait for clients to read.", []);
  readonly #pushClients = this.#gauge("emostream_push_clients", "Connected clients that push frames.", []);
  readonly #pushRefused = this.#counter("emostream_push_refused_total", "Pushed frames that were refused.", []);
  readonly #pushHeld = this.#gauge("emostream_push_held_bytes", "Bytes of answers that wait for pushing clients to read.", []);
  readonly #loopDelay = this.#gauge("emostream_event_loop_delay_seconds", "Delay of the event loop since the last scrape.", ["quantile"]);
  readonly #resident = this.#gauge("process_resident_memory_bytes", "Resident memory size.", []);
  readonly #heap = this.#gauge("nodejs_heap_size_used_bytes", "Used JavaScript heap.", []);
  readonly #external = this.#gauge("nodejs_external_memory_bytes", "Memory of buffers outside the heap.", []);
  readonly #cpu = this.#counter("process_cpu_seconds_total", "User and system CPU time.", []);
  readonly #started = this.#gauge("process_start_time_seconds", "Start of the process since the epoch.", []);

  constructor(streams: StreamRegistry, feed: () => FeedStats, push: () => PushStats) {
    this.#streams = streams;
    this.#feed = feed;
    this.#push = push;
    this.#loop.enable();
    this.#changes = streams.change$.subscribe(({ type, entry }) => (type === "added" ? this.#follow(entry) : this.#forget(entry.id)));
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The present figures in Prometheus' text format. */
  text(): Promise<string> {
    this.#readStreams();
    this.#readFeed();
    this.#readPush();
    this.#readProcess();
    return this.#registry.metrics();
  }

  close(): void {
    this.#loop.disable();
    this.#changes.unsubscribe();
    for (const running of this.#results.values()) running.unsubscribe();
    this.#registry.clear();
  }

  #follow({ id, stream }: StreamEntry): void {
    const histogram = this.#latency.labels(id);
    this.#results.set(id, stream.result$.subscribe(({ latencyMs }) => histogram.observe(latencyMs / 1000)));
  }

  #forget(id: string): void {
    this.#results.get(id)?.unsubscribe();
    this.#results.delete(id);
    this.#latency.remove(id);
  }

  #readStreams(): void {
    for (const metric of [this.#decoded, this.#analysed, this.#still, this.#dropped, this.#inFlight, this.#pool, this.#state, this.#fps, this.#paceFps, this.#wantedFps]) metric.reset();
    for (const { id, stream } of this.#streams.list()) {
      const { counters, status } = stream;
      this.#decoded.inc({ stream: id }, counters.decoded);
      this.#analysed.inc({ stream: id }, counters.analysed);
      this.#still.inc({ stream: id }, status.stillFrames ?? 0);
      for (const reason of dropReasons) this.#dropped.inc({ stream: id, reason }, counters.dropped[reason]);
      this.#inFlight.set({ stream: id }, counters.inFlight);
      this.#pool.set({ stream: id }, stream.spec.poolFrames);
      for (const state of streamStates) this.#state.set({ stream: id, state }, status.state === state ? 1 : 0);
      this.#fps.set({ stream: id }, status.fps);
      if (status.pace === undefined) continue;
      this.#paceFps.set({ stream: id }, status.pace.fps);
      this.#wantedFps.set({ stream: id }, status.pace.wantedFps);
    }
  }

  #readFeed(): void {
    const { clients, droppedFrames, droppedPreviews, droppedEpisodes, heldBytes } = this.#feed();
    this.#clients.set(clients);
    this.#feedHeld.set(heldBytes);
    this.#feedDropped.reset();
    this.#feedDropped.inc({ kind: "frame" }, droppedFrames);
    this.#feedDropped.inc({ kind: "preview" }, droppedPreviews);
    this.#feedDropped.inc({ kind: "episode" }, droppedEpisodes);
  }

  #readPush(): void {
    const { clients, refused, heldBytes } = this.#push();
    this.#pushClients.set(clients);
    this.#pushHeld.set(heldBytes);
    this.#pushRefused.reset();
    this.#pushRefused.inc(refused);
  }

  #readProcess(): void {
    for (const quantile of [0.5, 0.99]) this.#loopDelay.set({ quantile: String(quantile) }, this.#loop.percentile(quantile * 100) / 1e9);
    this.#loop.reset();
    const memory = process.memoryUsage();
    this.#resident.set(memory.rss);
    this.#heap.set(memory.heapUsed);
    this.#external.set(memory.external);
    const { user, system } = process.cpuUsage();
    this.#cpu.reset();
    this.#cpu.inc((user + system) / 1e6);
    this.#started.set(Math.round(Date.now() / 1000 - process.uptime()));
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #gauge<L extends string>(name: string, help: string, labelNames: L[]): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }
}
