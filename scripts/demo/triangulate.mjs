// Delaunay triangulation by Bowyer and Watson's incremental insertion: small, and fast enough for some five hundred points.

/**
 * Triangles over the points of a flat list, as index triples.
 * @param {ArrayLike<number>} points x0, y0, x1, y1, ... without two equal points
 * @returns {Uint16Array} a0, b0, c0, a1, ...
 */
export function triangulate(points) {
  const count = points.length / 2;
  const far = 1e5;
  const px = [...Array.from({ length: count }, (_, i) => points[2 * i]), -far, far, 0];
  const py = [...Array.from({ length: count }, (_, i) => points[2 * i + 1]), -far, -far, far];
  let triangles = [circumscribed(count, count + 1, count + 2, px, py)];
  for (let i = 0; i < count; i++) {
    const edges = new Map();
    const kept = [];
    for (const t of triangles) {
      if ((px[i] - t.x) ** 2 + (py[i] - t.y) ** 2 >= t.r2) {
        kept.push(t);
        continue;
      }
      for (const [u, v] of [[t.a, t.b], [t.b, t.c], [t.c, t.a]]) {
        const key = Math.min(u, v) * 65_536 + Math.max(u, v);
        // An edge of two removed triangles lies inside the hole.
        if (edges.has(key)) edges.delete(key);
        else edges.set(key, [u, v]);
      }
    }
    for (const [u, v] of edges.values()) kept.push(circumscribed(u, v, i, px, py));
    triangles = kept;
  }
  return Uint16Array.from(triangles.filter((t) => t.a < count && t.b < count && t.c < count).flatMap((t) => [t.a, t.b, t.c]));
}

function circumscribed(a, b, c, px, py) {
  const bx = px[b] - px[a];
  const by = py[b] - py[a];
  const cx = px[c] - px[a];
  const cy = py[c] - py[a];
  const d = 2 * (bx * cy - by * cx);
  const b2 = bx * bx + by * by;
  const c2 = cx * cx + cy * cy;
  const ux = (cy * b2 - by * c2) / d;
  const uy = (bx * c2 - cx * b2) / d;
  return { a, b, c, x: px[a] + ux, y: py[a] + uy, r2: ux * ux + uy * uy };
}
