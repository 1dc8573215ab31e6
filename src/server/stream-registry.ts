// The streams of a server: added, paused, resumed, removed, and brought back after a restart.

import { Subject, type Observable } from "rxjs";
import type { Config } from "../core/config.js";
import { AppError, toAppError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { OpenSource } from "../core/source.js";
import type { Stream, StreamSpec } from "../pipeline/types.js";
import type { StreamInfo, StreamRequest } from "./schemas.js";
import type { StateStore, StoredStream } from "./state-store.js";
import { streamIdFor } from "./stream-id.js";
import { patchedOverride, withoutMaxFps, type StreamPatch } from "./stream-patch.js";
import { completeSpec, mergeAnalysis, pushedSource, pushedSpec, shownSource, type ParseSource, type PathTrust, type PushedRequest } from "./stream-spec.js";

/** One stream and what the server knows of it. */
export interface StreamEntry {
  readonly id: string;
  readonly name?: string;
  /** Without credentials. */
  readonly source: string;
  readonly stream: Stream;
  readonly persistent: boolean;
  readonly createdAt: string;
}

export interface RegistryChange {
  readonly type: "added" | "removed";
  readonly entry: StreamEntry;
}

export interface AddOptions {
  /** Whether it comes back after a restart. */
  readonly persist: boolean;
  readonly trust: PathTrust;
}

/** Makes a stream without starting it; `openSource` where its frames come from a client and not from its address. */
export type MakeStream = (spec: StreamSpec, openSource?: OpenSource) => Stream;

export interface RegistryDeps {
  readonly config: Config;
  readonly logger: Logger;
  readonly makeStream: MakeStream;
  readonly parseSource: ParseSource;
  readonly store: StateStore;
  readonly now: () => number;
}

interface HeldStream extends StreamEntry {
  name?: string;
  request: StreamRequest;
  intent: StoredStream["intent"];
  removal?: Promise<void>;
}

/** Owns every stream from `add` until `remove` or `close`. */
export class StreamRegistry {
  readonly #deps: RegistryDeps;
  readonly #records = new Map<string, HeldStream>();
  readonly #change$ = new Subject<RegistryChange>();
  /** Streams of the state file that cannot be run now (a limit, a changed media root). They stay in the file. */
  #dormant: StoredStream[] = [];
  #closed = false;

  constructor(deps: RegistryDeps) {
    this.#deps = deps;
  }

  /** Streams that come and go, told before a new stream is started and after an old one has ended. */
  get change$(): Observable<RegistryChange> {
    return this.#change$;
  }

  list(): readonly StreamEntry[] {
    return [...this.#records.values()];
  }

  /** @throws AppError `stream_not_found` */
  get(id: string): StreamEntry {
    return this.#get(id);
  }

  /**
   * Adds a stream and starts it.
   * @throws AppError `stream_exists`, `too_many`, `shutting_down`, `disk_full`, `write_failed`, and as `completeSpec`
   */
  async add(request: StreamRequest, options: AddOptions): Promise<StreamEntry> {
    // Asked for first, so that a full server does not touch the disk; asked for again in #insert, after the wait.
    this.#checkRoom(request.id);
    const placeholder = request.id ?? "new";
    const spec = await completeSpec(placeholder, request, this.#deps.config, this.#deps.parseSource, options.trust);
    this.#checkRoom(request.id);
    const source = shownSource(request.source, this.#deps.parseSource);
    const id = request.id ?? streamIdFor(source, (taken) => this.#isTaken(taken));
    const record = this.#insert({ ...spec, id }, { request: { ...request, id }, source, persistent: options.persist, intent: "running", createdAt: new Date(this.#deps.now()).toISOString() });
    if (!options.persist) return record;
    try {
      await this.#save();
    } catch (error) {
      // A stream that would be forgotten was not added.
      await this.remove(id).catch(() => undefined);
      throw error;
    }
    return record;
  }

  /**
   * Adds a stream whose frames a client pushes, and starts it. It does not come back after a restart. An ended stream of the same id makes room.
   * @throws AppError `stream_exists`, `too_many`, `shutting_down`
   */
  async addPushed(request: PushedRequest, openSource: OpenSource): Promise<StreamEntry> {
    const former = request.id === undefined ? undefined : this.#records.get(request.id);
    if (former !== undefined && former.source === pushedSource && former.stream.status.state === "ended") await this.remove(former.id);
    this.#checkRoom(request.id);
    const { name } = request;
    const id = request.id ?? streamIdFor(name ?? "push", (taken) => this.#isTaken(taken));
    const about = { request: { id, ...(name === undefined ? {} : { name }), source: pushedSource }, source: pushedSource, persistent: false };
    return this.#insert(pushedSpec(id, request, this.#deps.config), { ...about, intent: "running", createdAt: new Date(this.#deps.now()).toISOString() }, openSource);
  }

  /** Ends a stream and forgets it. Resolves when its decoder is gone. @throws AppError `stream_not_found`, `disk_full`, `write_failed` */
  async remove(id: string): Promise<void> {
    const record = this.#get(id);
    record.removal ??= this.#remove(record);
    await record.removal;
  }

  /** @throws AppError `stream_not_found`, `conflict` when it is over, `disk_full`, `write_failed` */
  async pause(id: string): Promise<StreamEntry> {
    const record = this.#get(id);
    const { state } = record.stream.status;
    if (state === "ended" || state === "failed" || state === "stopped") throw new AppError("conflict", `Expected a stream that runs, ${id} is ${state}.`);
    record.stream.pause();
    return this.#intend(record, "paused");
  }

  /** Goes on after a pause, and tries again after an end or a failure. @throws AppError `stream_not_found`, `conflict` when it is stopped, `disk_full`, `write_failed` */
  async resume(id: string): Promise<StreamEntry> {
    const record = this.#get(id);
    if (record.stream.status.state === "stopped") throw new AppError("conflict", `Expected a stream that can go on, ${id} is stopped.`);
    record.stream.resume();
    return this.#intend(record, "running");
  }

  /**
   * Changes a stream's name and analysis settings, also over a restart. A setting that only an opened source takes opens it anew.
   * @throws AppError `stream_not_found`, `invalid_request`, `disk_full`, `write_failed`: nothing is changed then
   */
  async patch(id: string, { name, analysis }: StreamPatch): Promise<StreamEntry> {
    const record = this.#get(id);
    const before = record.request;
    const pushed = record.source === pushedSource;
    if (pushed && typeof analysis?.maxFps === "number") throw new AppError("invalid_request", "How many frames come is the pushing client's business.", { issues: [{ path: "analysis.maxFps", message: "expected nothing for a stream whose frames a client pushes" }] });
    const override = patchedOverride(before.analysis, analysis);
    const merged = mergeAnalysis(this.#deps.config.analysis, override, "analysis");
    const { name: _name, analysis: _analysis, ...rest } = before;
    const newName = name === undefined ? before.name : (name ?? undefined);
    record.request = { ...rest, ...(newName === undefined ? {} : { name: newName }), ...(override === undefined ? {} : { analysis: override }) };
    try {
      if (record.persistent) await this.#save();
    } catch (error) {
      // A change that would be forgotten was not made.
      record.request = before;
      throw error;
    }
    if (newName === undefined) delete record.name;
    else record.name = newName;
    if (analysis !== undefined) record.stream.configure(pushed ? withoutMaxFps(merged) : merged);
    return record;
  }

  /** Begins the baselines of the faces in view anew, or of one of them. @throws AppError `stream_not_found`, `conflict` where there is no such face */
  restartBaseline(id: string, trackId: number | undefined): readonly number[] {
    const tracks = this.#get(id).stream.restartBaseline(trackId);
    if (tracks.length === 0) throw new AppError("conflict", trackId === undefined ? `Expected a face in the picture of ${id}, there is none.` : `Expected face ${trackId} in the picture of ${id}, it is not there.`);
    return tracks;
  }

  /** Brings back the streams of the state file. What cannot run is logged and kept in the file. */
  async restore(): Promise<void> {
    for (const stored of await this.#deps.store.load()) {
      const { intent, createdAt, ...request } = stored;
      try {
        this.#checkRoom(stored.id);
        const spec = await completeSpec(stored.id, request, this.#deps.config, this.#deps.parseSource, "expected");
        this.#insert(spec, { request, source: shownSource(request.source, this.#deps.parseSource), persistent: true, intent, createdAt });
      } catch (error) {
        const { code, message } = toAppError(error);
        this.#deps.logger.error({ streamId: stored.id, code, reason: message }, "stored stream could not be started");
        this.#dormant.push(stored);
      }
    }
  }

  /** Stops all streams in parallel. Afterwards nothing can be added. The state file keeps them. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled([...this.#records.values()].map((record) => record.removal ?? record.stream.stop()));
    this.#change$.complete();
  }

  #get(id: string): HeldStream {
    const record = this.#records.get(id);
    if (!record) throw new AppError("stream_not_found", `No stream ${JSON.stringify(id)}.`);
    return record;
  }

  #isTaken(id: string): boolean {
    return this.#records.has(id) || this.#dormant.some((stored) => stored.id === id);
  }

  #checkRoom(id: string | undefined): void {
    const { maxStreams } = this.#deps.config.server;
    if (this.#closed) throw new AppError("shutting_down", "The server is stopping.");
    if (id !== undefined && this.#records.has(id)) throw new AppError("stream_exists", `Expected a new id, a stream ${JSON.stringify(id)} exists already.`);
    if (this.#records.size >= maxStreams) throw new AppError("too_many", `Expected at most ${maxStreams} streams.`);
  }

  #insert(spec: StreamSpec, about: Pick<HeldStream, "request" | "source" | "persistent" | "intent" | "createdAt">, openSource?: OpenSource): HeldStream {
    const stream = this.#deps.makeStream(spec, openSource);
    const { name } = about.request;
    const record: HeldStream = { id: spec.id, ...(name === undefined ? {} : { name }), stream, ...about };
    this.#records.set(spec.id, record);
    this.#dormant = this.#dormant.filter((stored) => stored.id !== spec.id);
    this.#change$.next({ type: "added", entry: record });
    if (about.intent === "paused") stream.pause();
    else stream.start();
    return record;
  }

  async #remove(record: HeldStream): Promise<void> {
    await record.stream.stop();
    this.#records.delete(record.id);
    this.#change$.next({ type: "removed", entry: record });
    if (record.persistent) await this.#save();
  }

  async #intend(record: HeldStream, intent: StoredStream["intent"]): Promise<StreamEntry> {
    if (record.intent !== intent) {
      record.intent = intent;
      if (record.persistent) await this.#save();
    }
    return record;
  }

  #save(): Promise<void> {
    const streams = [...this.#records.values()]
      .filter((record) => record.persistent && record.removal === undefined)
      .map(({ request, id, intent, createdAt }) => ({ ...request, id, intent, createdAt }));
    return this.#deps.store.save([...streams, ...this.#dormant]);
  }
}

/** A stream as the REST interface shows it. */
export function streamInfo({ id, name, source, stream, persistent, createdAt }: StreamEntry): StreamInfo {
  const { live, loop, transport, hwaccel, analysis } = stream.spec;
  return {
    id,
    ...(name === undefined ? {} : { name }),
    source,
    ...stream.status,
    seq: stream.lastSeq,
    counters: stream.counters,
    settings: { live, loop, transport, ...(hwaccel === undefined ? {} : { hwaccel }), analysis },
    persistent,
    createdAt,
  };
}
