// FFmpeg's messages: split into lines, bounded, redacted. A damaged file can make FFmpeg print thousands of lines a second.

const maxLineChars = 500;
const keptFirst = 20;
const keptLast = 20;
// About our own output, not about the source: a stream of single pixels has a low bit rate.
const noise = /bitrate parameter is set too low/;

/** Who is told of each line as it comes, at most 500 characters long. */
export interface StderrObserver {
  /** A line of level info: the description of the input. Not redacted. */
  onInfo(line: string): void;
  /** A line of another level, redacted. */
  onComplaint(line: string): void;
}

/** Collects the first and last complaints. */
export class StderrLines {
  readonly #redact: (text: string) => string;
  readonly #observer: StderrObserver;
  readonly #first: string[] = [];
  readonly #last: string[] = [];
  #count = 0;
  #rest = "";

  constructor(redact: (text: string) => string, observer: StderrObserver) {
    this.#redact = redact;
    this.#observer = observer;
  }

  /** Complaints so far, also those not kept. */
  get count(): number {
    return this.#count;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split(/[\r\n]+/);
    this.#rest = (lines.pop() ?? "").slice(0, maxLineChars);
    for (const line of lines) this.#add(line.slice(0, maxLineChars));
  }

  /** The last line may lack its end. */
  end(): void {
    this.#add(this.#rest);
    this.#rest = "";
  }

  /** Complaints that were kept, oldest first, redacted. */
  complaints(): string[] {
    return [...this.#first, ...this.#last];
  }

  #add(line: string): void {
    if (line.trim() === "" || noise.test(line)) return;
    if (/^(?:\[[^\]]* @ [^\]]*\] )*\[(?:info|verbose|debug)\]/.test(line)) {
      this.#observer.onInfo(line);
      return;
    }
    this.#count += 1;
    // "Last message repeated n times" and repeats of a line that stands there already say nothing new
    const text = this.#redact(line.replaceAll(/ @ 0x[0-9a-f]+/g, ""));
    this.#observer.onComplaint(text);
    if (this.#first.includes(text) || this.#last.includes(text)) return;
    if (this.#first.length < keptFirst) this.#first.push(text);
    else if (this.#last.push(text) > keptLast) this.#last.shift();
  }
}
