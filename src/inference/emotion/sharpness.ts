// How sharp a face is, as the classifier gets it: the variance of the Laplacian (Pech-Pacheco et al., "Diatom autofocusing in
// brightfield microscopy", ICPR 2000), over the variance of the grey values, so that light and contrast do not count. Pure.

/**
 * Sharpness of a square of grey values, `size` a side, in any unit: 0 for a flat one, 20 for pixel noise, and what is blurred or
 * was enlarged lies near 0. Only pixels that have four neighbours are looked at.
 */
export function sharpnessOf(grey: Float32Array, size: number): number {
  const laplacian = new Variance();
  const values = new Variance();
  for (let y = 1; y < size - 1; y++) {
    for (let x = 1; x < size - 1; x++) {
      const at = y * size + x;
      laplacian.add(grey[at - 1]! + grey[at + 1]! + grey[at - size]! + grey[at + size]! - 4 * grey[at]!);
      values.add(grey[at]!);
    }
  }
  // Rounding makes a flat square not quite flat; a grey value is never told apart from the next by less than this.
  return values.value < 1e-6 ? 0 : laplacian.value / values.value;
}

/** Variance of numbers that come one by one (Welford). */
class Variance {
  #count = 0;
  #mean = 0;
  #squares = 0;

  add(value: number): void {
    this.#count += 1;
    const from = value - this.#mean;
    this.#mean += from / this.#count;
    this.#squares += from * (value - this.#mean);
  }

  get value(): number {
    return this.#count === 0 ? 0 : this.#squares / this.#count;
  }
}
