// Pixels of the detector, in WebAssembly's 128-bit vectors: half-size copies of a picture, and grids of bilinear samples as normalised planes. AssemblyScript.
// Memory belongs to the caller, src/inference/mtcnn/pixels.ts: it says where everything lies, and leaves `slack` bytes after each part, since vectors read and
// write beyond the end of a row.

/** Between two neighbouring pixels, up and down: twice a byte times this fits the 16-bit products that are added in pairs. */
const steps: i32 = 1024;

/** Halves a picture of `width` pixels a row (RGB, rows without padding): each pixel is the rounded mean of four; odd last rows and columns are left out. */
export function halve(from: usize, width: i32, to: usize, toWidth: i32, toHeight: i32): void {
  const row = width * 3;
  const two = i16x8.splat(2);
  for (let y = 0; y < toHeight; y++) {
    let above = from + <usize>(2 * y * row);
    let out = to + <usize>(y * toWidth * 3);
    // Two pixels at a time; what is written beyond the row is written again by the next one.
    for (let x = 0; x < toWidth; x += 2, above += 12, out += 6) {
      const sums = i16x8.add(i16x8.add(neighbours(v128.load(above)), neighbours(v128.load(above + row))), two);
      const means = i16x8.shr_u(sums, 2);
      v128.store64_lane(out, i8x16.narrow_i16x8_u(means, means), 0);
    }
  }
}

/** Sums of each channel of pixels 0 and 1, and 2 and 3. */
function neighbours(pixels: v128): v128 {
  return i16x8.extadd_pairwise_i8x16_u(i8x16.shuffle(pixels, pixels, 0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11, 0, 0, 0, 0));
}

/**
 * Writes `width` x `height` samples of the picture at `level` as red, green and blue planes of 32-bit floats, `pixel * gain + lift`.
 * Sample (0, 0) lies at `x + stepX / 2`, `y + stepY / 2`, counted from the outer edge of the first pixel; beyond the picture its border is repeated.
 * `table` holds two numbers a column, `blended` three floats a pixel of a row of the picture.
 */
export function sample(
  level: usize, levelWidth: i32, levelHeight: i32,
  x: f64, y: f64, stepX: f64, stepY: f64, width: i32, height: i32,
  table: usize, blended: usize, out: usize, gain: f32, lift: f32,
): void {
  const rowBytes = levelWidth * 3;
  const plane = <usize>(width * height) << 2;
  // Where the picture is one pixel wide or high, its only pixel is its own neighbour.
  const right: usize = levelWidth > 1 ? 12 : 0;
  const down: usize = levelHeight > 1 ? <usize>rowBytes : 0;
  let first = levelWidth;
  let last = 0;
  for (let u = 0; u < width; u++) {
    const at = place(x + (u + 0.5) * stepX - 0.5, levelWidth);
    const before = min(max(0, levelWidth - 2), <i32>at);
    store<i32>(table + (<usize>u << 3), before * 12);
    store<f32>(table + (<usize>u << 3) + 4, <f32>(at - before));
    first = min(first, before);
    last = max(last, before);
  }
  const firstByte = first * 3;
  const endByte = min(rowBytes, (last + 2) * 3);
  const scale = f32x4.splat(gain / <f32>steps);
  const shift = f32x4.splat(lift);
  for (let v = 0; v < height; v++, out += <usize>width << 2) {
    const at = place(y + (v + 0.5) * stepY - 0.5, levelHeight);
    const before = min(max(0, levelHeight - 2), <i32>at);
    const below = <i32>floor((at - before) * steps + 0.5);
    blend(level + <usize>(before * rowBytes), down, firstByte, endByte, i32x4.splat((below << 16) | (steps - below)), scale, shift, blended);
    let u = 0;
    for (; u + 4 <= width; u += 4) {
      const entry = table + (<usize>u << 3);
      const a = pixel(entry, blended, right);
      const b = pixel(entry + 8, blended, right);
      const c = pixel(entry + 16, blended, right);
      const d = pixel(entry + 24, blended, right);
      // Rows of red, green, blue to columns.
      const ab = i32x4.shuffle(a, b, 0, 4, 1, 5);
      const cd = i32x4.shuffle(c, d, 0, 4, 1, 5);
      const to = out + (<usize>u << 2);
      v128.store(to, i64x2.shuffle(ab, cd, 0, 2));
      v128.store(to + plane, i64x2.shuffle(ab, cd, 1, 3));
      v128.store(to + 2 * plane, i64x2.shuffle(i32x4.shuffle(a, b, 2, 6, 3, 7), i32x4.shuffle(c, d, 2, 6, 3, 7), 0, 2));
    }
    for (; u < width; u++) {
      const one = pixel(table + (<usize>u << 3), blended, right);
      const to = out + (<usize>u << 2);
      v128.store32_lane(to, one, 0);
      v128.store32_lane(to + plane, one, 1);
      v128.store32_lane(to + 2 * plane, one, 2);
    }
  }
}

/** A place along a side of `length` pixels, counted from the first one's centre, inside the picture. */
function place(at: f64, length: i32): f64 {
  return min(<f64>(length - 1), max(0.0, at));
}

/** Mixes two rows of pixels, normalised: `weights` holds those of the lower and the upper row as pairs of 16 bits. */
function blend(row: usize, down: usize, from: i32, end: i32, weights: v128, scale: v128, shift: v128, out: usize): void {
  for (let i = from; i < end; i += 8) {
    const upper = v128.load8x8_u(row + <usize>i);
    const lower = v128.load8x8_u(row + down + <usize>i);
    const to = out + (<usize>i << 2);
    const left = i32x4.dot_i16x8_s(i16x8.shuffle(upper, lower, 0, 8, 1, 9, 2, 10, 3, 11), weights);
    const right = i32x4.dot_i16x8_s(i16x8.shuffle(upper, lower, 4, 12, 5, 13, 6, 14, 7, 15), weights);
    v128.store(to, f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(left), scale), shift));
    v128.store(to + 16, f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(right), scale), shift));
  }
}

/** Red, green and blue of one sample between a pixel of the mixed row and its right neighbour. */
function pixel(entry: usize, blended: usize, right: usize): v128 {
  const at = blended + <usize>load<i32>(entry);
  const left = v128.load(at);
  const share = v128.load32_splat(entry + 4);
  return f32x4.add(left, f32x4.mul(f32x4.sub(v128.load(at + right), left), share));
}
