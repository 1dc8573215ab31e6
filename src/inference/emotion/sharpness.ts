// How sharp a face is, as the classifier gets it: the variance of the Laplacian (Pech-Pacheco et al., "Diatom autofocusing in
// brightfield microscopy", ICPR 2000), over the variance of the grey values, so that light and contrast do not count. Pure.

/**
 * Sharpness of a square of grey values, `size` a side, in any unit: 0 for a flat one, 20 for pixel noise, and what is blurred or
 * was enlarged lies near 0. Only pixels that have four neighbours are looked at.
 */
export function sharpnessOf(grey: Float32Array, size: number): number {
  const count = (size - 2) ** 2;
  // Sums of whole squares are exact enough in doubles, and a running mean would wait for a division at each pixel.
  let [laplacians, laplacianSquares, values, valueSquares] = [0, 0, 0, 0];
  for (let y = 1; y < size - 1; y++) {
    for (let x = 1; x < size - 1; x++) {
      const at = y * size + x;
      const value = grey[at]!;
      const laplacian = grey[at - 1]! + grey[at + 1]! + grey[at - size]! + grey[at + size]! - 4 * value;
      laplacians += laplacian;
      laplacianSquares += laplacian * laplacian;
      values += value;
      valueSquares += value * value;
    }
  }
  const variance = (sum: number, squares: number) => Math.max(0, squares / count - (sum / count) ** 2);
  const spread = variance(values, valueSquares);
  // Rounding makes a flat square not quite flat; a grey value is never told apart from the next by less than this.
  return spread < 1e-6 ? 0 : variance(laplacians, laplacianSquares) / spread;
}
