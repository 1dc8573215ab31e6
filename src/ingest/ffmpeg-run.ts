// One run of a source: from the address to FFmpeg's exit. It runs once; trying again is the supervisor's.
// Who ends whom: close(), a watchdog or a broken stream end FFmpeg; FFmpeg's exit ends the run; see README.md.

import { availableParallelism } from "node:os";
import { hasHttpProxy } from "../core/env.js";
import { AppError, toAppError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { RunningSource, SourceEnd, SourceInfo, SourceObserver, SourceOptions } from "../core/source.js";
import { parseSource, type SourceAddress } from "./address.js";
import { judgeEnd } from "./end-verdict.js";
import { ffmpegArgs } from "./ffmpeg-args.js";
import { startFfmpeg, type FfmpegProcess } from "./ffmpeg-process.js";
import type { FfmpegVersion } from "./ffmpeg-version.js";
import { originSeconds, pixelKind } from "./filter-graph.js";
import { classifyFailure, saysTooLarge } from "./failure.js";
import { FrameAssembler, sizeChanged } from "./frame-assembler.js";
import { FramePool } from "./frame-pool.js";
import { HttpGuard } from "./http-guard.js";
import { decodedSize, InputDump } from "./input-dump.js";
import { NutDemuxer, wait } from "./nut-demuxer.js";
import type { Size } from "./picture-size.js";
import { probeAddress } from "./probe.js";
import type { ProbedVideo } from "./probe-report.js";
import { createRedactor } from "./redact.js";
import { checkedAddresses, type ResolveHost } from "./source-policy.js";
import { StderrLines } from "./stderr-lines.js";
import { Watchdog } from "./watchdog.js";

export interface FfmpegSourceSettings {
  /** Programs: names in PATH, or paths. */
  readonly ffmpeg: string;
  readonly ffprobe: string;
  /** Larger pictures are refused with `picture_too_large`. */
  readonly maxPixels: number;
  /** Address space of FFmpeg and ffprobe, bytes; 0: no limit. Hardware decoders map more than they use: not limited. */
  readonly maxMemoryBytes: number;
  readonly privateSources: boolean;
  readonly logger: Logger;
  /** Absent: as the system resolves names. */
  readonly resolveHost?: ResolveHost;
}

const dumpGraceMs = 500;
const maxWarnings = 5;

/** A running source over one FFmpeg child. */
export class FfmpegRun implements RunningSource {
  readonly closed: Promise<SourceEnd>;
  readonly #settings: FfmpegSourceSettings;
  readonly #options: SourceOptions;
  readonly #observer: SourceObserver;
  readonly #pool: FramePool;
  readonly #stopping = new AbortController();
  readonly #dump = new InputDump();
  #watchdog: Watchdog | undefined;
  #process: FfmpegProcess | undefined;
  #demuxer: NutDemuxer | undefined;
  #assembler: FrameAssembler | undefined;
  #stderr: StderrLines | undefined;
  #dumpTimer: NodeJS.Timeout | undefined;
  #dumpOverdue = false;
  /** Of a live source's decoded pictures. */
  #decodedSize: Size | undefined;
  #closeAsked = false;
  /** What this side ended the run for. */
  #failure: AppError | undefined;
  #frames = 0;
  /** Set while somebody waits for the reader to go on. */
  #onProgress: (() => void) | undefined;

  /** @param version asks once which FFmpeg is installed */
  constructor(settings: FfmpegSourceSettings, version: () => Promise<FfmpegVersion>, options: SourceOptions, observer: SourceObserver) {
    this.#settings = settings;
    this.#options = options;
    this.#observer = observer;
    this.#pool = new FramePool(options.poolFrames);
    this.closed = this.#run(version);
  }

  get pool(): { readonly free: number; readonly size: number } {
    return this.#pool;
  }

  close(): void {
    this.#closeAsked = true;
    this.#stop();
  }

  async #run(version: () => Promise<FfmpegVersion>): Promise<SourceEnd> {
    try {
      const address = parseSource(this.#options.url, this.#settings);
      this.#watchdog = this.#watch(address);
      await this.#checkHost(address);
      await using guard = await this.#openGuard(address);
      const [installed, probe] = await bothOf(version(), this.#probe(address, guard));
      if (!this.#stopping.signal.aborted) await this.#decode(address, installed, probe, guard);
    } catch (error) {
      this.#failure ??= toAppError(error);
    }
    this.#stop();
    this.#assembler?.end();
    return this.#end();
  }

  /** For RTSP, which no proxy speaks. A resolver takes its time; who stops meanwhile does not wait for it. */
  async #checkHost(address: SourceAddress): Promise<void> {
    if (address.kind !== "rtsp" && address.kind !== "rtsps") return;
    const { signal } = this.#stopping;
    const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    await Promise.race([checkedAddresses(address.target, this.#settings, this.#settings.resolveHost), stopped]);
  }

  /** FFmpeg's HTTP goes through a guard, unless the operator's own proxy is there to decide. */
  async #openGuard({ kind }: SourceAddress): Promise<HttpGuard | undefined> {
    const http = kind === "http" || kind === "https" || kind === "hls";
    return http && !hasHttpProxy() ? HttpGuard.open(this.#settings, this.#settings.resolveHost) : undefined;
  }

  async #probe(address: SourceAddress, guard: HttpGuard | undefined): Promise<ProbedVideo | undefined> {
    if (address.live || this.#stopping.signal.aborted) return undefined;
    const { ffprobe, maxPixels, maxMemoryBytes } = this.#settings;
    const limits = { ffprobe, maxPixels, maxMemoryBytes, ...(guard && { env: guard.env, complaints: guard.complaints }), timeoutMs: this.#options.openTimeoutMs, signal: this.#stopping.signal };
    return probeAddress(address, limits).catch((error: unknown) => {
      throw guard?.refusal ?? error;
    });
  }

  async #decode(address: SourceAddress, version: FfmpegVersion, probe: ProbedVideo | undefined, guard: HttpGuard | undefined): Promise<void> {
    const { ffmpeg, maxPixels, maxMemoryBytes } = this.#settings;
    const assembler = this.#assemble(address, probe);
    const demuxer = new NutDemuxer(assembler);
    const confinement = { ...(this.#options.hwaccel === undefined && { maxMemoryBytes }), ...(guard && { env: guard.env }) };
    const child = await startFfmpeg(ffmpeg, ffmpegArgs({ ...this.#options, address, version, maxPixels, cores: availableParallelism() }, probe), confinement, (bytes) => this.#guard(() => demuxer.push(bytes)));
    this.#process = child;
    if (this.#stopping.signal.aborted) child.stop();
    const stderr = new StderrLines(createRedactor(address.target), { onInfo: (line) => this.#describe(line), onComplaint: (line) => this.#listen(line, address) });
    this.#stderr = stderr;
    child.stderr.setEncoding("utf8").on("data", (text: string) => stderr.push(text));
    this.#demuxer = demuxer;
    this.#pool.onRelease = () => this.#goOn();
    const exit = await child.exited;
    stderr.end();
    await this.#caughtUp(demuxer);
    if (exit.error !== undefined) throw exit.error;
    if (this.#stopping.signal.aborted) return;
    const facts = { address, probe, frames: this.#frames, lastPtsMs: assembler.lastPtsMs, cut: !demuxer.betweenFrames, maxFps: this.#options.maxFps, lines: [...(guard?.complaints ?? []), ...stderr.complaints()] };
    const verdict = judgeEnd({ ...facts, exitCode: exit.exitCode, signal: exit.signal });
    this.#failure = verdict && (guard?.refusal ?? verdict);
  }

  #assemble(address: SourceAddress, probe: ProbedVideo | undefined): FrameAssembler {
    const { backpressure, firstSeq, epoch } = this.#options;
    const assembler = new FrameAssembler(
      { pool: this.#pool, backpressure, firstSeq, epoch, originSeconds: originSeconds(probe), pixels: pixelKind(this.#options, probe) },
      {
        onSizes: (largest) => this.#tellInfo(address, probe, largest),
        onDecoded: () => this.#observer.onDecoded(),
        onDropped: (reason) => {
          if (reason === "pool_dry") this.#watchdog?.frame(); // the source is well, only we are slow
          this.#observer.onDropped(reason);
        },
        onFrame: (frame) => {
          this.#frames += 1;
          this.#watchdog?.frame();
          this.#observer.onFrame(frame);
        },
      },
    );
    this.#assembler = assembler;
    return assembler;
  }

  /** Size as shown: from the probe, else from FFmpeg's description, which comes through another pipe and may be later than the first frame. */
  #tellInfo(address: SourceAddress, probe: ProbedVideo | undefined, largest: Size): Size | typeof wait {
    if (probe !== undefined) {
      this.#observer.onInfo(publicInfo(probe));
      return probe.size;
    }
    if (!this.#dump.complete && !this.#dumpOverdue) {
      this.#dumpTimer ??= setTimeout(() => {
        this.#dumpOverdue = true;
        this.#goOn();
      }, dumpGraceMs);
      return wait;
    }
    const info: SourceInfo = { ...(this.#dump.read() ?? largest), live: address.live };
    this.#observer.onInfo(info.width === undefined ? { width: largest.width, height: largest.height, live: address.live } : info);
    return { width: info.width, height: info.height };
  }

  #describe(line: string): void {
    this.#dump.push(line);
    if (this.#dump.complete && this.#dumpTimer !== undefined) this.#goOn();
    const size = decodedSize(line);
    if (size === undefined) return;
    const before = this.#decodedSize;
    this.#decodedSize = size;
    if (before !== undefined && (before.width !== size.width || before.height !== size.height)) this.#fail(sizeChanged(`${before.width}x${before.height} to ${size.width}x${size.height}`));
  }

  /** A live source with too large a picture would be tried again and again inside FFmpeg, until the deadline. */
  #listen(line: string, address: SourceAddress): void {
    if (address.live && this.#frames === 0 && saysTooLarge(line)) this.#fail(classifyFailure([line], { shown: address.shown, whenUnknown: "ffmpeg_failed" }));
  }

  /** Runs the reader. When it has to wait, stdout is not read: FFmpeg then waits too. */
  #guard(read: () => void): void {
    if (this.#stopping.signal.aborted) return;
    try {
      read();
    } catch (error) {
      this.#fail(toAppError(error));
      return;
    }
    if (this.#stopping.signal.aborted) return;
    const waiting = this.#demuxer?.waiting === true;
    if (waiting === (this.#process?.stdout.isPaused() === true)) return;
    this.#watchdog?.hold(waiting);
    if (waiting) this.#process?.stdout.pause();
    else this.#process?.stdout.resume();
  }

  #goOn(): void {
    const demuxer = this.#demuxer;
    if (demuxer?.waiting === true) this.#guard(() => demuxer.resume());
    this.#onProgress?.();
  }

  /** The last frames of a file may still wait for buffers when FFmpeg has ended: its end is judged after them. */
  async #caughtUp(demuxer: NutDemuxer): Promise<void> {
    const { signal } = this.#stopping;
    if (!demuxer.waiting || signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#onProgress = () => {
        if (!demuxer.waiting) resolve();
      };
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    this.#onProgress = undefined;
  }

  #watch(address: SourceAddress): Watchdog {
    const { openTimeoutMs, stallTimeoutMs } = this.#options;
    return new Watchdog(
      { ...this.#options, live: address.kind !== "file" }, // a file behind HTTP can fall silent like a camera
      {
        onOpenTimeout: () => this.#fail(new AppError("timeout", `${address.shown} gave no picture within ${openTimeoutMs} ms.`, this.#detail())),
        onStalled: (stalled) => this.#observer.onStalled(stalled),
        onStallTimeout: () => this.#fail(new AppError("stalled", `${address.shown} stays connected and gave no picture for ${stallTimeoutMs} ms.`, this.#detail())),
      },
    );
  }

  #detail(): { detail?: string } {
    const lines = this.#stderr?.complaints() ?? [];
    return lines.length === 0 ? {} : { detail: lines.join("\n") };
  }

  #fail(error: AppError): void {
    if (!this.#closeAsked) this.#failure ??= error;
    this.#stop();
  }

  #stop(): void {
    this.#watchdog?.stop();
    clearTimeout(this.#dumpTimer);
    this.#stopping.abort();
    this.#process?.stop();
  }

  #end(): SourceEnd {
    const warnings = this.#stderr?.complaints().slice(0, maxWarnings) ?? [];
    const rest = { nextSeq: this.#assembler?.nextSeq ?? this.#options.firstSeq, epoch: this.#assembler?.epoch ?? this.#options.epoch, warnings };
    const error = this.#failure;
    this.#settings.logger.debug({ complaints: this.#stderr?.count ?? 0, frames: this.#frames, code: error?.code, detail: error?.detail }, "source ended");
    if (this.#closeAsked) return { reason: "closed", ...rest };
    return error === undefined ? { reason: "ended", ...rest } : { reason: "failed", error, ...rest };
  }
}

function publicInfo(probe: ProbedVideo): SourceInfo {
  const { streamIndex: _index, size: _size, startSeconds: _start, rotation: _rotation, videoDurationMs: _duration, planar: _planar, ...info } = probe;
  return info;
}

/** What both give; not before both have ended, so that no child is left when one of them fails. */
async function bothOf<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return Promise.all([a, b]);
}
