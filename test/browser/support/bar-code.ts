// A number painted into a picture so that it survives JPEG and H.264: two rows of black and white blocks, the second inverted.
// `readBarCode` in in-page.js reads it back from a canvas of any size. Layout in shares of the picture: starts at the top left corner.

/** Bits of the number, most significant first. */
export const barCodeBits = 16;
/** Width of the whole code as a share of the picture's width, and height of one row as a share of its height. */
export const barCodeWidth = 0.8;
export const barCodeRowHeight = 0.09;

/**
 * Paints `value` into an RGB picture (row-major, top left first).
 * @param rgb length width * height * 3
 * @param value 0 to 65535
 */
export function paintBarCode(rgb: Uint8Array, width: number, height: number, value: number): void {
  const block = Math.floor((width * barCodeWidth) / barCodeBits);
  const row = Math.floor(height * barCodeRowHeight);
  for (let y = 0; y < 2 * row; y++) {
    for (let x = 0; x < block * barCodeBits; x++) {
      const bit = (value >> (barCodeBits - 1 - Math.floor(x / block))) & 1;
      const white = y < row ? bit === 1 : bit === 0;
      rgb.fill(white ? 235 : 16, (y * width + x) * 3, (y * width + x) * 3 + 3);
    }
  }
}
