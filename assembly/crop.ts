// Crops of faces, in WebAssembly's 128-bit vectors: brightness of a patch of a picture, and a turned square sampled from it. AssemblyScript.
// Memory belongs to the caller, src/inference/emotion/warp-grey.ts: it says where everything lies, and leaves 64 bytes after each part and a row after the patch, since vectors read and write beyond
// the end of a row.

/** Writes the brightness of `count` RGB pixels (ITU-R BT.601). */
export function greyOfRgb(from: usize, to: usize, count: i32): void {
  const red = f32x4.splat(0.299);
  const green = f32x4.splat(0.587);
  const blue = f32x4.splat(0.114);
  for (let i = 0; i < count; i += 4, from += 12, to += 16) {
    const pixels = v128.load(from);
    const r = f32x4.convert_i32x4_u(i8x16.swizzle(pixels, i8x16(0, 16, 16, 16, 3, 16, 16, 16, 6, 16, 16, 16, 9, 16, 16, 16)));
    const g = f32x4.convert_i32x4_u(i8x16.swizzle(pixels, i8x16(1, 16, 16, 16, 4, 16, 16, 16, 7, 16, 16, 16, 10, 16, 16, 16)));
    const b = f32x4.convert_i32x4_u(i8x16.swizzle(pixels, i8x16(2, 16, 16, 16, 5, 16, 16, 16, 8, 16, 16, 16, 11, 16, 16, 16)));
    v128.store(to, f32x4.add(f32x4.add(f32x4.mul(r, red), f32x4.mul(g, green)), f32x4.mul(b, blue)));
  }
}

/**
 * Writes the brightness of `count` pixels of a planar picture, the first of which is the first of two that share a colour: `gain` for each step of theirs above black, and what a step of colour adds
 * (nothing with BT.601: `u` and `v` are not read then).
 */
export function greyOfPlanes(luma: usize, u: usize, v: usize, to: usize, count: i32, gain: f32, ofU: f32, ofV: f32): void {
  const isColourless = ofU == 0 && ofV == 0;
  const gains = f32x4.splat(gain);
  const least = f32x4.splat(0);
  const most = f32x4.splat(255);
  for (let i = 0; i < count; i += 4, to += 16) {
    let value = f32x4.mul(steps(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(luma + i))), 16), gains);
    if (!isColourless) value = f32x4.add(value, f32x4.add(f32x4.mul(colour(u + (i >> 1)), f32x4.splat(ofU)), f32x4.mul(colour(v + (i >> 1)), f32x4.splat(ofV))));
    v128.store(to, f32x4.pmin(most, f32x4.pmax(least, value)));
  }
}

/** Two colours, each for two neighbours. */
function colour(at: usize): v128 {
  const two = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load16_splat(at)));
  return steps(i32x4.shuffle(two, two, 0, 0, 1, 1), 128);
}

function steps(values: v128, none: i32): v128 {
  return f32x4.convert_i32x4_s(i32x4.sub(values, i32x4.splat(none)));
}

/**
 * Writes a part of a square of `size` (columns from `left` and rows from `top` to before `right` and `bottom`), each value the mean of `samples` times `samples` bilinear samples of the patch at `values`, `stride` floats a row.
 * What lies at (u, v) of the square lies at (a u - b v + x, b u + a v + y) of the patch, no further than 0 to `mostX` and `mostY`. Four columns at a time.
 */
export function warp(values: usize, stride: i32, mostX: f64, mostY: f64, a: f64, b: f64, x: f64, y: f64, samples: i32, size: i32, left: i32, top: i32, right: i32, bottom: i32, out: usize): void {
  const step = 1 / <f64>samples;
  const share = f32x4.splat(<f32>(step * step));
  const lanes = f32x4(0, 1, 2, 3);
  const across = f32x4.mul(lanes, f32x4.splat(<f32>a));
  const down = f32x4.mul(lanes, f32x4.splat(<f32>b));
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column += 4) {
      let sum = f32x4.splat(0);
      for (let i = 0; i < samples; i++) {
        const v = row + (i + 0.5) * step - 0.5;
        for (let j = 0; j < samples; j++) {
          const u = column + (j + 0.5) * step - 0.5;
          sum = f32x4.add(sum, fourSamples(values, stride, mostX, mostY, x + a * u - b * v, y + b * u + a * v, across, down));
        }
      }
      const means = f32x4.mul(sum, share);
      const to = out + (<usize>(row * size + column) << 2);
      if (column + 4 <= right) {
        v128.store(to, means);
      } else {
        v128.store32_lane(to, means, 0);
        if (column + 1 < right) v128.store32_lane(to + 4, means, 1);
        if (column + 2 < right) v128.store32_lane(to + 8, means, 2);
      }
    }
  }
}

/** Bilinear samples at a place and so far from it. Whole pixels and the rest apart: 32 bits hold both well enough only then. */
function fourSamples(values: usize, stride: i32, mostX: f64, mostY: f64, x: f64, y: f64, across: v128, down: v128): v128 {
  const wholeX = floor(min(mostX, max(0, x)));
  const wholeY = floor(min(mostY, max(0, y)));
  const restX = within(f32x4.add(f32x4.splat(<f32>(x - wholeX)), across), -wholeX, mostX - wholeX);
  const restY = within(f32x4.add(f32x4.splat(<f32>(y - wholeY)), down), -wholeY, mostY - wholeY);
  const floorX = f32x4.floor(restX);
  const floorY = f32x4.floor(restY);
  const shareX = f32x4.sub(restX, floorX);
  const shareY = f32x4.sub(restY, floorY);
  const columns = i32x4.add(i32x4.trunc_sat_f32x4_s(floorX), i32x4.splat(<i32>wholeX));
  const rows = i32x4.add(i32x4.trunc_sat_f32x4_s(floorY), i32x4.splat(<i32>wholeY));
  const places = i32x4.shl(i32x4.add(i32x4.mul(rows, i32x4.splat(stride)), columns), 2);
  const first = values + i32x4.extract_lane(places, 0);
  const second = values + i32x4.extract_lane(places, 1);
  const third = values + i32x4.extract_lane(places, 2);
  const fourth = values + i32x4.extract_lane(places, 3);
  const next = <usize>stride << 2;
  const above = between(first, second, third, fourth, shareX);
  const below = between(first + next, second + next, third + next, fourth + next, shareX);
  return f32x4.add(above, f32x4.mul(f32x4.sub(below, above), shareY));
}

function within(values: v128, least: f64, most: f64): v128 {
  return f32x4.pmin(f32x4.splat(<f32>most), f32x4.pmax(f32x4.splat(<f32>least), values));
}

/** Of four places, what lies between each value and the one to its right. */
function between(first: usize, second: usize, third: usize, fourth: usize, shares: v128): v128 {
  const two = v128.load64_lane(second, v128.load64_zero(first), 1);
  const more = v128.load64_lane(fourth, v128.load64_zero(third), 1);
  const values = i32x4.shuffle(two, more, 0, 2, 4, 6);
  return f32x4.add(values, f32x4.mul(f32x4.sub(i32x4.shuffle(two, more, 1, 3, 5, 7), values), shares));
}
