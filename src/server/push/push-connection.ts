// One client that pushes frames, from its upgrade until its socket is gone: its config message makes a stream, each of its frames gets one answer.

import type { RawData, WebSocket } from "ws";
import type { Config } from "../../core/config.js";
import { AppError, toAppError } from "../../core/errors.js";
import { evenNowMs } from "../../core/even-clock.js";
import { feedVersion } from "../../core/feed.js";
import type { DroppedMessage, ReadyMessage } from "../../core/push.js";
import type { OpenPushedSource, PushedSource } from "../../core/pushed-source.js";
import type { DropReason } from "../../core/source.js";
import type { FrameResult } from "../../pipeline/types.js";
import { closeCode } from "../close-codes.js";
import { byeMessage, errorMessage, frameMessage } from "../feed/messages.js";
import { Heartbeat } from "../heartbeat.js";
import type { StreamEntry, StreamRegistry } from "../stream-registry.js";
import { largestMessage, parsePushConfig, type PushConfig } from "./config-message.js";
import { CreditWindow } from "./credit-window.js";
import { checkCaptureTime, decodeFrame, type FrameFields } from "./frame-header.js";

/** A client that has not said by then what it will send is sent away. */
const configTimeoutMs = 10_000;
/** Answers that wait for a client that does not read: from here on it is not read from either. */
const highWaterBytes = 256 * 1024;

export interface PushConnectionDeps {
  readonly config: Pick<Config, "push" | "ingest">;
  readonly registry: StreamRegistry;
  readonly openPushedSource: OpenPushedSource;
  readonly onRefused: () => void;
  /** Called once. The entry is the stream that it made, which ends by itself. */
  readonly onGone: (connection: PushConnection, entry: StreamEntry | undefined) => void;
}

/** What there is once the config message was taken. */
interface Pushed {
  readonly entry: StreamEntry;
  readonly source: PushedSource;
  readonly window: CreditWindow;
  readonly maxBytes: number;
}

/** A connected client. */
export class PushConnection {
  readonly #socket: WebSocket;
  readonly #deps: PushConnectionDeps;
  readonly #heartbeat: Heartbeat;
  readonly #configTimer: NodeJS.Timeout;
  #configuring = false;
  #pushed: Pushed | undefined;
  #paused = false;
  #leaving = false;
  #gone = false;

  constructor(socket: WebSocket, deps: PushConnectionDeps) {
    this.#socket = socket;
    this.#deps = deps;
    this.#heartbeat = new Heartbeat(socket);
    this.#configTimer = setTimeout(() => this.bye(new AppError("timeout", `Expected a config message within ${configTimeoutMs} ms.`)), configTimeoutMs);
    this.#configTimer.unref();
    socket.on("message", (data, isBinary) => this.#onMessage(data, isBinary));
    // ws closes the socket by itself after an error (a message above every limit gets 1009); `close` follows.
    socket.on("error", () => undefined);
    socket.on("close", () => this.#onClose());
  }

  /** Answers that its socket holds, bytes. */
  get heldBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Asks for a sign of life; a client that gave none twice is closed. */
  ping(): void {
    this.#heartbeat.beat();
  }

  /** Answers what has no answer yet, says goodbye and closes. */
  bye(error: AppError): void {
    if (this.#leaving) return;
    for (const frameId of this.#pushed?.window.unanswered ?? []) this.#dropped(frameId, "stopped");
    this.#leaving = true;
    this.#send(byeMessage(error));
    this.#socket.close(closeCode(error.code), error.code);
    this.#socket.resume();
  }

  /** Cuts the connection. */
  terminate(): void {
    this.#socket.terminate();
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#leaving) return;
    // Whoever sends is there; its pongs wait behind its frames.
    this.#heartbeat.alive();
    try {
      if (isBinary) this.#onFrame(data as Buffer);
      else this.#onText(String(data as Buffer));
    } catch (error) {
      this.#send(errorMessage(toAppError(error)));
    }
  }

  #onText(text: string): void {
    if (this.#pushed !== undefined || this.#configuring) throw new AppError("invalid_request", "Expected binary messages with frames after the config message, received a text.");
    const config = parsePushConfig(text);
    const maxBytes = largestMessage(config, this.#deps.config);
    this.#configuring = true;
    void this.#configure(config, maxBytes)
      .catch((error: unknown) => this.#send(errorMessage(toAppError(error))))
      .finally(() => {
        this.#configuring = false;
        if (this.#gone && this.#pushed === undefined) this.#deps.onGone(this, undefined);
      });
  }

  async #configure({ format, width, height, streamId, name, mode, settings }: PushConfig, maxBytes: number): Promise<void> {
    const source = this.#deps.openPushedSource(
      { format, width, height },
      {
        onRefused: (frameId, error) => this.#refused(frameId, error),
        onDropped: (frameId, reason) => this.#dropped(frameId, reason),
        onLeftOut: (frameId) => this.#leftOut(frameId),
      },
    );
    const entry = await this.#deps.registry.addPushed({ id: streamId, name, lossless: mode === "lossless", settings }, source.open);
    const { credits } = this.#deps.config.push;
    const pushed = { entry, source, window: new CreditWindow(credits), maxBytes };
    this.#pushed = pushed;
    clearTimeout(this.#configTimer);
    if (this.#gone) {
      this.#leave(pushed);
      return;
    }
    entry.stream.result$.subscribe({ next: (result) => this.#analysed(result), complete: () => this.bye(new AppError("cancelled", `The stream ${entry.id} was removed.`)) });
    entry.stream.drop$.subscribe(({ frameId, reason }) => {
      if (frameId !== undefined) this.#dropped(frameId, reason);
    });
    this.#send({ type: "ready", v: feedVersion, streamId: entry.id, credits, maxFrameBytes: maxBytes } satisfies ReadyMessage);
  }

  #onFrame(message: Buffer): void {
    const pushed = this.#pushed;
    if (pushed === undefined) throw new AppError("invalid_request", "Expected a config message and an answer `ready` before the first frame, received a binary message.");
    const receivedAtMs = evenNowMs();
    const fields = decodeFrame(message);
    try {
      pushed.window.take(fields.frameId);
    } catch (error) {
      this.#tellRefused(pushed, fields.frameId, toAppError(error));
      return;
    }
    try {
      this.#take(pushed, fields, message.length, receivedAtMs);
    } catch (error) {
      this.#refused(fields.frameId, toAppError(error));
    }
  }

  #take({ source, maxBytes }: Pushed, { frameId, capturedAtMs, data }: FrameFields, bytes: number, receivedAtMs: number): void {
    checkCaptureTime(capturedAtMs);
    if (bytes > maxBytes) throw new AppError("payload_too_large", `Expected at most ${maxBytes} bytes for a frame as declared, received ${bytes}.`);
    if (!source.push({ frameId, capturedAtMs, receivedAtMs, data })) this.#leftOut(frameId);
  }

  #analysed(result: FrameResult): void {
    if (result.frameId !== undefined && this.#pushed?.window.answered(result.frameId) === true) this.#send(frameMessage(this.#pushed.entry.id, result));
  }

  #dropped(frameId: number, reason: DropReason): void {
    if (this.#pushed?.window.answered(frameId) === true) this.#send({ type: "dropped", v: feedVersion, streamId: this.#pushed.entry.id, frameId, reason } satisfies DroppedMessage);
  }

  /** The stream takes no frames at present, or not any more. */
  #leftOut(frameId: number): void {
    this.#dropped(frameId, this.#pushed?.entry.stream.status.state === "paused" ? "paused" : "stopped");
  }

  #refused(frameId: number, error: AppError): void {
    if (this.#pushed?.window.answered(frameId) === true) this.#tellRefused(this.#pushed, frameId, error);
  }

  #tellRefused({ entry }: Pushed, frameId: number, { code, message }: AppError): void {
    this.#deps.onRefused();
    this.#send({ type: "dropped", v: feedVersion, streamId: entry.id, frameId, reason: "refused", code, message } satisfies DroppedMessage);
  }

  /** A client that does not read is not read from either, so that its answers cannot pile up; its pings then end it. */
  #send(message: object): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(JSON.stringify(message), (error) => {
      if (!error) this.#onSent();
    });
    if (this.#paused || this.#leaving || this.#socket.bufferedAmount < highWaterBytes) return;
    this.#paused = true;
    this.#socket.pause();
  }

  #onSent(): void {
    if (!this.#paused) return;
    // It reads, though slowly.
    this.#heartbeat.alive();
    if (this.#socket.bufferedAmount >= highWaterBytes / 2) return;
    this.#paused = false;
    this.#socket.resume();
  }

  #onClose(): void {
    this.#gone = true;
    this.#leaving = true;
    clearTimeout(this.#configTimer);
    if (this.#pushed !== undefined) this.#leave(this.#pushed);
    else if (!this.#configuring) this.#deps.onGone(this, undefined);
  }

  #leave({ entry, source }: Pushed): void {
    source.end();
    this.#deps.onGone(this, entry);
  }
}
