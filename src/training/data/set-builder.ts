// Collects faces with one label each into a FaceSet.

import { classCount, facePixels, type FaceSet } from "./face-set.js";

export class SetBuilder {
  readonly #faces: { readonly pixels: Uint8Array; readonly label: number; readonly name: string }[] = [];

  add(pixels: Uint8Array, label: number, name: string): void {
    this.#faces.push({ pixels, label, name });
  }

  build(): FaceSet {
    const count = this.#faces.length;
    const set: FaceSet = { count, pixels: new Uint8Array(count * facePixels), targets: new Float32Array(count * classCount), labels: new Uint8Array(count), agreement: new Float32Array(count).fill(1), names: this.#faces.map((f) => f.name) };
    for (const [i, { pixels, label }] of this.#faces.entries()) {
      set.pixels.set(pixels, i * facePixels);
      set.labels[i] = label;
      set.targets[i * classCount + label] = 1;
    }
    return set;
  }
}
