// What FFmpeg prints about an opened input, read for sources that are not probed (a second connection to a camera is often refused). Pure.

import { ratioOf, shownSize, type Size } from "./picture-size.js";

/** What is known of a live source from FFmpeg's description. */
export interface DumpedInput {
  readonly width: number;
  readonly height: number;
  readonly codec?: string;
  readonly container?: string;
  readonly fps?: number;
}

/** Takes the lines of `-loglevel level+info` (or verbose) and knows the first real video stream once the output is described. */
export class InputDump {
  #container: string | undefined;
  #streamLine: string | undefined;
  #rotation = 0;
  #inVideo = false;
  #complete = false;

  /** True once FFmpeg describes its output: nothing more comes about the input. */
  get complete(): boolean {
    return this.#complete;
  }

  push(line: string): void {
    if (this.#complete) return;
    const text = line.replace(/^\[info\] /, "");
    const input = /^Input #0, ([\w,-]+), from /.exec(text);
    if (input !== null) this.#container = input[1];
    else if (text.startsWith("Output #0")) this.#complete = true;
    else if (/^\s+Stream #0:\d+/.test(text)) {
      this.#inVideo = this.#streamLine === undefined && /: Video: /.test(text) && !text.includes("(attached pic)");
      if (this.#inVideo) this.#streamLine = text;
    } else if (this.#inVideo) {
      const rotation = /rotation of (-?\d+(?:\.\d+)?) degrees/.exec(text)?.[1];
      if (rotation !== undefined) this.#rotation = Number(rotation);
    }
  }

  /** `undefined` where FFmpeg's words were not understood. */
  read(): DumpedInput | undefined {
    const line = this.#streamLine ?? "";
    const size = /, (\d+)x(\d+)/.exec(line);
    if (size === null) return undefined;
    const coded = { width: Number(size[1]), height: Number(size[2]) };
    const codec = /: Video: (\w+)/.exec(line)?.[1];
    const fps = /, (\d+(?:\.\d+)?k?) fps/.exec(line)?.[1];
    return {
      ...shownSize(coded, ratioOf(/SAR (\d+:\d+)/.exec(line)?.[1]) ?? 1, this.#rotation),
      ...(codec === undefined ? {} : { codec }),
      ...(this.#container === undefined ? {} : { container: this.#container }),
      ...(fps === undefined ? {} : { fps: fps.endsWith("k") ? Number.parseFloat(fps) * 1000 : Number(fps) }),
    };
  }
}

/** Size of the decoded pictures, where the line tells that FFmpeg sets its filters up for it: at the start, and again when it has changed. */
export function decodedSize(line: string): Size | undefined {
  const match = /^\[graph -?\d+ input from stream [^\]]*\] \[verbose\] w:(\d+) h:(\d+) /.exec(line);
  return match === null ? undefined : { width: Number(match[1]), height: Number(match[2]) };
}
