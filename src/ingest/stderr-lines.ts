// FFmpeg's messages: split into lines, bounded, redacted. A damaged file can make FFmpeg print thousands of lines a second.

const maxLineChars = 500;
const keptFirst = 20;
const keptLast = 20;
// About our own output, not about the source: a stream of single pixels has a low bit rate.
const noise = /bitrate parameter is set too low/;

/** Collects the first and last complaints, and tells the description of the input line by line. */
export class StderrLines {
  readonly #redact: (text: string) => string;
  readonly #onInfo: (line: string) => void;
  readonly #first: string[] = [];
  readonly #last: string[] = [];
  #count = 0;
  #rest = "";

  /** @param onInfo gets each line of level info, unredacted, at most 500 characters */
  constructor(redact: (text: string) => string, onInfo: (line: string) => void) {
    this.#redact = redact;
    this.#onInfo = onInfo;
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
      this.#onInfo(line);
      return;
    }
    this.#count += 1;
    // "Last message repeated n times" and repeats of a line that stands there already say nothing new
    const text = this.#redact(line.replaceAll(/ @ 0x[0-9a-f]+/g, ""));
    if (this.#first.includes(text) || this.#last.includes(text)) return;
    if (this.#first.length < keptFirst) this.#first.push(text);
    else if (this.#last.push(text) > keptLast) this.#last.shift();
  }
}
