// Pixels of the detector, in WebAssembly's 128-bit vectors: RGB of planar pictures, half-size copies, and grids of bilinear samples as normalised planes. AssemblyScript.
// Memory belongs to the caller, src/inference/mtcnn/pixels.ts: it says where everything lies, and leaves `slack` bytes after each part, since vectors read and
// write beyond the end of a row.

/** Between two neighbouring pixels, up and down: twice a byte times this fits the 16-bit products that are added in pairs. */
const steps: i32 = 1024;

/**
 * Makes RGB of a part of a planar picture of `width` pixels a row: columns from `left`, which 16 divides, and rows from `top`, which is even, to before `right` and `bottom`. Brightness of
 * each pixel lies at `luma`, differences of colour of four pixels together at `u` and `v`, all of limited range. The other numbers are what a step of each adds to red, green and blue, in
 * 2^-13 (src/core/planar.ts, which makes the same of it). Sixteen pixels at a time, those at the end of a row by way of `spare`, 48 bytes.
 */
export function fromPlanes(
  luma: usize, u: usize, v: usize, width: i32, left: i32, top: i32, right: i32, bottom: i32, to: usize, spare: usize,
  lumaGain: i32, redOfV: i32, greenOfU: i32, greenOfV: i32, blueOfU: i32,
): void {
  const brightness = i16x8.splat(<i16>lumaGain);
  const toRed = i16x8.splat(<i16>redOfV);
  const fromU = i16x8.splat(<i16>greenOfU);
  const fromV = i16x8.splat(<i16>greenOfV);
  const toBlue = i16x8.splat(<i16>blueOfU);
  const colourless = i16x8.splat(128);
  const chromaWidth = (width + 1) >> 1;
  for (let y = top; y < bottom; y += 2) {
    const chroma = <usize>((y >> 1) * chromaWidth);
    const end = min(bottom, y + 2);
    for (let x = left; x < right; x += 16) {
      const blueness = i16x8.shl(i16x8.sub(v128.load8x8_u(u + chroma + (x >> 1)), colourless), 7);
      const redness = i16x8.shl(i16x8.sub(v128.load8x8_u(v + chroma + (x >> 1)), colourless), 7);
      const red = i16x8.q15mulr_sat_s(redness, toRed);
      const green = i16x8.add(i16x8.q15mulr_sat_s(blueness, fromU), i16x8.q15mulr_sat_s(redness, fromV));
      const blue = i16x8.q15mulr_sat_s(blueness, toBlue);
      const reds = twice(red);
      const greens = twice(green);
      const blues = twice(blue);
      const moreReds = lastTwice(red);
      const moreGreens = lastTwice(green);
      const moreBlues = lastTwice(blue);
      for (let row = y; row < end; row++) {
        const number = row * width + x;
        const first = bright(luma + number, brightness);
        const last = bright(luma + number + 8, brightness);
        const isWhole = x + 16 <= right;
        const at = to + <usize>(3 * number);
        const red16 = whole(i16x8.add(first, reds), i16x8.add(last, moreReds));
        const green16 = whole(i16x8.add(first, greens), i16x8.add(last, moreGreens));
        const blue16 = whole(i16x8.add(first, blues), i16x8.add(last, moreBlues));
        storePixels(isWhole ? at : spare, red16, green16, blue16);
        if (!isWhole) memory.copy(at, spare, <usize>(3 * (right - x)));
      }
    }
  }
}

/** Sixteen pixels of three bytes each. */
function storePixels(at: usize, red: v128, green: v128, blue: v128): void {
  const pairs = i8x16.shuffle(red, green, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const morePairs = i8x16.shuffle(red, green, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  const blues = i8x16.shuffle(blue, blue, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
  const moreBlues = i8x16.shuffle(blue, blue, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15);
  v128.store(at, fourPixels(pairs, blues));
  v128.store(at + 12, fourMore(pairs, blues));
  v128.store(at + 24, fourPixels(morePairs, moreBlues));
  const end = fourMore(morePairs, moreBlues);
  v128.store64_lane(at + 36, end, 0);
  v128.store32_lane(at + 44, end, 2);
}

/** Brightness of eight pixels, in 2^-5, and half a whole more: what rounds the sums. */
function bright(at: usize, gain: v128): v128 {
  return i16x8.add(i16x8.q15mulr_sat_s(i16x8.shl(i16x8.sub(v128.load8x8_u(at), i16x8.splat(16)), 7), gain), i16x8.splat(16));
}

/** The first four values, each for two neighbours. */
function twice(values: v128): v128 {
  return i16x8.shuffle(values, values, 0, 0, 1, 1, 2, 2, 3, 3);
}

function lastTwice(values: v128): v128 {
  return i16x8.shuffle(values, values, 4, 4, 5, 5, 6, 6, 7, 7);
}

/** Pairs of red and green, and blues, to pixels of three bytes each; what follows them is written again. */
function fourPixels(pairs: v128, blues: v128): v128 {
  return i8x16.swizzle(i16x8.shuffle(pairs, blues, 0, 8, 1, 9, 2, 10, 3, 11), i8x16(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 16, 16, 16, 16));
}

function fourMore(pairs: v128, blues: v128): v128 {
  return i8x16.swizzle(i16x8.shuffle(pairs, blues, 4, 12, 5, 13, 6, 14, 7, 15), i8x16(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 16, 16, 16, 16));
}

function whole(first: v128, last: v128): v128 {
  return i8x16.narrow_i16x8_u(i16x8.shr_s(first, 5), i16x8.shr_s(last, 5));
}

/**
 * Halves a part of a picture of `width` pixels a row (RGB, rows without padding): columns of the half from `left`, which is even, and rows from `top` to before `right` and `bottom`. Each
 * pixel is the rounded mean of four; odd last rows and columns of the picture are left out.
 */
export function halve(from: usize, width: i32, to: usize, toWidth: i32, left: i32, top: i32, right: i32, bottom: i32): void {
  const row = width * 3;
  for (let y = top; y < bottom; y++) {
    let above = from + <usize>(2 * y * row + 6 * left);
    let out = to + <usize>((y * toWidth + left) * 3);
    let x = left;
    for (; x + 2 <= right; x += 2, above += 12, out += 6) {
      const means = meansOfFour(above, row);
      v128.store32_lane(out, means, 0);
      v128.store16_lane(out + 4, means, 2);
    }
    if (x < right) {
      const mean = meansOfFour(above, row);
      v128.store16_lane(out, mean, 0);
      v128.store8_lane(out + 2, mean, 2);
    }
  }
}

/** Two pixels of the half. */
function meansOfFour(above: usize, row: i32): v128 {
  const sums = i16x8.add(i16x8.add(neighbours(v128.load(above)), neighbours(v128.load(above + row))), i16x8.splat(2));
  const means = i16x8.shr_u(sums, 2);
  return i8x16.narrow_i16x8_u(means, means);
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
