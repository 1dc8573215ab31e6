// Windows with their targets in typed arrays: bounded memory, one file in the run's folder.

import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { AppError, toAppError } from "../../core/errors.js";
import { decodeArrays, encodeArrays } from "../array-file.js";
import { sampleKinds, type SampleKind } from "./face-geometry.js";
import { targetCount } from "./losses.js";

const samplesVersion = 1;

export interface Samples {
  /** Side of a window, pixels. */
  readonly size: number;
  readonly count: number;
  /** `count * size * size * 3`, RGB. */
  readonly pixels: Uint8Array;
  /** Indices into `sampleKinds`. */
  readonly kinds: Uint8Array;
  /** `count * targetCount`: box offsets, then points. */
  readonly targets: Float32Array;
  /** What the points of a window are worth; 0 where it has none. */
  readonly pointWeights: Float32Array;
}

export interface SampleLabel {
  readonly kind: SampleKind;
  readonly target?: readonly number[];
  readonly pointWeight?: number;
}

/** Collects up to `capacity` windows of each kind. */
export class SampleCollector {
  readonly #size: number;
  readonly #capacity: Readonly<Record<SampleKind, number>>;
  readonly #counts: Record<SampleKind, number> = { negative: 0, positive: 0, part: 0, points: 0 };
  readonly #pixels: Uint8Array[] = [];
  readonly #labels: SampleLabel[] = [];

  constructor(size: number, capacity: Readonly<Record<SampleKind, number>>) {
    this.#size = size;
    this.#capacity = capacity;
  }

  get counts(): Readonly<Record<SampleKind, number>> {
    return this.#counts;
  }

  /** Whether less than `share` of the room for a kind is taken. */
  hasRoom(kind: SampleKind, share = 1): boolean {
    return this.#counts[kind] < this.#capacity[kind] * share;
  }

  /** Takes `pixels` over. Does nothing when the kind is full. */
  add(pixels: Uint8Array, label: SampleLabel): void {
    if (!this.hasRoom(label.kind)) return;
    this.#counts[label.kind]++;
    this.#pixels.push(pixels);
    this.#labels.push(label);
  }

  /** Everything collected; the collector is empty afterwards, as the windows are moved one by one. */
  finish(): Samples {
    const count = this.#labels.length;
    const bytes = this.#size * this.#size * 3;
    const samples = { size: this.#size, count, pixels: new Uint8Array(count * bytes), kinds: new Uint8Array(count), targets: new Float32Array(count * targetCount), pointWeights: new Float32Array(count) };
    for (const [i, { kind, target, pointWeight = 0 }] of this.#labels.entries()) {
      samples.pixels.set(this.#pixels[i]!, i * bytes);
      this.#pixels[i] = new Uint8Array(0);
      samples.kinds[i] = sampleKinds.indexOf(kind);
      if (target !== undefined) samples.targets.set(target, i * targetCount);
      samples.pointWeights[i] = pointWeight;
    }
    return samples;
  }
}

/** Training and held-out windows of a stage; `key` names everything they were made from. */
export interface SampleFile {
  readonly key: string;
  readonly train: Samples;
  readonly held: Samples;
}

/** @throws AppError `disk_full`, `write_failed` */
export async function writeSamples(file: string, { key, train, held }: SampleFile): Promise<void> {
  const header = { version: samplesVersion, key, size: train.size };
  const bytes = encodeArrays(header, [train, held].flatMap((s) => [s.pixels, s.kinds, s.targets, s.pointWeights]));
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFileAtomic(file, bytes);
  } catch (error) {
    const known = toAppError(error);
    throw known.code === "internal" ? new AppError("write_failed", "The windows could not be written.", { cause: error }) : known;
  }
}

/** The windows in `file` when they were made from what `key` names. @throws AppError `corrupt` when the file is damaged */
export async function readSamples(file: string, key: string): Promise<SampleFile | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const { header, arrays } = decodeArrays(bytes);
  const { version, size, key: found } = header as { version: number; size: number; key: string };
  if (version !== samplesVersion || found !== key) return undefined;
  const at = (i: number): Samples => {
    const [pixels, kinds, targets, pointWeights] = arrays.slice(i * 4, i * 4 + 4) as [Uint8Array, Uint8Array, Float32Array, Float32Array];
    return { size, count: kinds.length, pixels, kinds, targets, pointWeights };
  };
  return { key, train: at(0), held: at(1) };
}
