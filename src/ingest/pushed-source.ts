// A source whose frames a client pushes. It outlives its runs: a stream that was paused opens it again.

import { toAppError } from "../core/errors.js";
import type { OpenPushedSource, PushedFrame, PushedPicture, PushedSource, PushedSourceObserver } from "../core/pushed-source.js";
import type { RunningSource, SourceObserver, SourceOptions } from "../core/source.js";
import { checkLength } from "./pushed-decode.js";
import { PushedRun } from "./pushed-run.js";

/** Makes the source of one pushing client. */
export const openPushedSource: OpenPushedSource = (picture, observer) => new ClientSource(picture, observer);

class ClientSource implements PushedSource {
  readonly #picture: PushedPicture;
  readonly #observer: PushedSourceObserver;
  #run: PushedRun | undefined;
  #over = false;

  constructor(picture: PushedPicture, observer: PushedSourceObserver) {
    this.#picture = picture;
    this.#observer = observer;
  }

  readonly open = (options: SourceOptions, pipeline: SourceObserver): RunningSource => {
    const run = new PushedRun(this.#picture, options, pipeline, this.#observer);
    this.#run = run;
    if (this.#over) run.end();
    return run;
  };

  push(frame: PushedFrame): boolean {
    if (this.#run?.takes !== true) return false;
    try {
      checkLength(frame.data, this.#picture);
      this.#run.push(frame);
    } catch (error) {
      this.#observer.onRefused(frame.frameId, toAppError(error));
    }
    return true;
  }

  end(): void {
    this.#over = true;
    this.#run?.end();
  }
}
