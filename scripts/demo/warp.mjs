// Piecewise-affine warps: pictures are RGB floats in linear light, rows top to bottom; outside a picture its border goes on.

/** sRGB byte to linear light, and back. A power of two is near enough to sRGB's curve and its own exact inverse. */
const toLinear = Float32Array.from({ length: 256 }, (_, v) => (v / 255) ** 2);

/** A picture of bytes in linear light. */
export function linearPicture({ data, width, height }) {
  return { data: Float32Array.from(data, (v) => toLinear[v]), width, height };
}

/** Linear light to a byte, rounded and clamped. */
export function toByte(linear) {
  return Math.max(0, Math.min(255, Math.round(Math.sqrt(Math.max(0, linear)) * 255)));
}

/**
 * For every pixel of a region, in which triangle of `shape` it lies and where in it.
 * @returns {{x: number, y: number, width: number, height: number, triangle: Int16Array, u: Float32Array, v: Float32Array}} triangle -1: in none
 */
export function mapPixels(shape, triangles, { x, y, width, height }) {
  const triangle = new Int16Array(width * height).fill(-1);
  const u = new Float32Array(width * height);
  const v = new Float32Array(width * height);
  for (let t = 0; t < triangles.length / 3; t++) {
    const [ax, ay, bx, by, cx, cy] = corners(shape, triangles, t);
    const d = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
    if (Math.abs(d) < 1e-9) continue;
    const x0 = Math.max(x, Math.ceil(Math.min(ax, bx, cx)));
    const x1 = Math.min(x + width - 1, Math.floor(Math.max(ax, bx, cx)));
    const y0 = Math.max(y, Math.ceil(Math.min(ay, by, cy)));
    const y1 = Math.min(y + height - 1, Math.floor(Math.max(ay, by, cy)));
    for (let py = y0; py <= y1; py++) {
      for (let px = x0; px <= x1; px++) {
        const p = ((px - ax) * (cy - ay) - (cx - ax) * (py - ay)) / d;
        const q = ((bx - ax) * (py - ay) - (px - ax) * (by - ay)) / d;
        if (p < -1e-6 || q < -1e-6 || p + q > 1 + 1e-6) continue;
        const i = (py - y) * width + px - x;
        triangle[i] = t;
        u[i] = p;
        v[i] = q;
      }
    }
  }
  return { x, y, width, height, triangle, u, v };
}

/** Draws `picture`, whose mesh is `shape`, into the region of a pixel map. `channels` as in the picture (default 3). */
export function warp(picture, shape, triangles, map, out = new Float32Array(map.width * map.height * (picture.channels ?? 3))) {
  const { data, width, height, channels = 3 } = picture;
  const edges = new Float64Array(2 * triangles.length);
  for (let t = 0; t < triangles.length / 3; t++) {
    const [ax, ay, bx, by, cx, cy] = corners(shape, triangles, t);
    edges.set([ax, ay, bx - ax, by - ay, cx - ax, cy - ay], 6 * t);
  }
  const maxX = width - 1.001;
  const maxY = height - 1.001;
  const row = width * channels;
  for (let i = 0; i < map.triangle.length; i++) {
    const e = 6 * map.triangle[i];
    if (e < 0) continue;
    const u = map.u[i];
    const v = map.v[i];
    const sx = Math.max(0, Math.min(maxX, edges[e] + u * edges[e + 2] + v * edges[e + 4]));
    const sy = Math.max(0, Math.min(maxY, edges[e + 1] + u * edges[e + 3] + v * edges[e + 5]));
    const x0 = Math.floor(sx);
    const y0 = Math.floor(sy);
    const fx = sx - x0;
    const fy = sy - y0;
    const at = y0 * row + x0 * channels;
    for (let c = 0; c < channels; c++) {
      const p = at + c;
      out[i * channels + c] = (data[p] * (1 - fx) + data[p + channels] * fx) * (1 - fy) + (data[p + row] * (1 - fx) + data[p + row + channels] * fx) * fy;
    }
  }
  return out;
}

function corners(shape, triangles, t) {
  const a = 2 * triangles[3 * t];
  const b = 2 * triangles[3 * t + 1];
  const c = 2 * triangles[3 * t + 2];
  return [shape[a], shape[a + 1], shape[b], shape[b + 1], shape[c], shape[c + 1]];
}
