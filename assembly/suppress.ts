// Non-maximum suppression in WebAssembly's 128-bit vectors: two kept boxes are compared with the next one at a time, in doubles, so that it keeps what JavaScript would. AssemblyScript.
// Memory belongs to the caller, src/inference/mtcnn/nms.ts. All arrays hold `room` doubles, one after the other from `at` on: left, top, right and lower edges, areas and
// scores of the boxes, then the same but the scores of those that are kept; after them the order, 32-bit integers.

/**
 * Writes which of `count` boxes are kept, the surest first (of equal ones the first), at the beginning of the order, and returns how many; at most `most`. A box goes that shares more than `threshold`
 * of both areas together with a surer one that is kept, or, where `ofSmaller`, of the smaller of both. Only the `considered` surest are looked at.
 */
export function suppress(at: usize, room: i32, count: i32, threshold: f64, ofSmaller: bool, most: i32, considered: i32): i32 {
  const column = <usize>room << 3;
  const scores = at + 5 * column;
  const kept = scores + column;
  const order = kept + 5 * column;
  sort(order, scores, count);
  const least = f64x2.splat(threshold);
  const none = f64x2.splat(0);
  let keptCount = 0;
  const end = min(count, considered);
  for (let i = 0; i < end && keptCount < most; i++) {
    const index = load<i32>(order + (<usize>i << 2));
    const box = at + (<usize>index << 3);
    const left = v128.load64_splat(box);
    const top = v128.load64_splat(box + column);
    const right = v128.load64_splat(box + 2 * column);
    const bottom = v128.load64_splat(box + 3 * column);
    const area = v128.load64_splat(box + 4 * column);
    let isKept = true;
    // What lies after an odd number of kept boxes is a box without an extent: it shares nothing.
    for (let k = kept, lastKept = kept + (<usize>keptCount << 3); k < lastKept; k += 16) {
      const width = f64x2.max(none, f64x2.sub(f64x2.min(right, v128.load(k + 2 * column)), f64x2.max(left, v128.load(k))));
      const height = f64x2.max(none, f64x2.sub(f64x2.min(bottom, v128.load(k + 3 * column)), f64x2.max(top, v128.load(k + column))));
      const both = f64x2.mul(width, height);
      const other = v128.load(k + 4 * column);
      const whole = ofSmaller ? f64x2.min(area, other) : f64x2.sub(f64x2.add(other, area), both);
      if (v128.any_true(f64x2.gt(f64x2.div(both, whole), least))) {
        isKept = false;
        break;
      }
    }
    if (!isKept) continue;
    const to = kept + (<usize>keptCount << 3);
    v128.store64_lane(to, left, 0);
    v128.store64_lane(to + column, top, 0);
    v128.store64_lane(to + 2 * column, right, 0);
    v128.store64_lane(to + 3 * column, bottom, 0);
    v128.store64_lane(to + 4 * column, area, 0);
    store<i32>(order + (<usize>keptCount << 2), index);
    keptCount++;
    for (let edge: usize = 0; edge < 4; edge++) store<f64>(kept + edge * column + (<usize>keptCount << 3), 0);
  }
  return keptCount;
}

/** Writes 0 to `count - 1`, largest score first, of equal ones the first: Shell's sort, with Knuth's gaps. */
function sort(order: usize, scores: usize, count: i32): void {
  for (let i = 0; i < count; i++) store<i32>(order + (<usize>i << 2), i);
  let gap = 1;
  while (3 * gap < count) gap = 3 * gap + 1;
  for (; gap > 0; gap /= 3) {
    for (let i = gap; i < count; i++) {
      const index = load<i32>(order + (<usize>i << 2));
      const score = load<f64>(scores + (<usize>index << 3));
      let j = i;
      for (; j >= gap; j -= gap) {
        const before = load<i32>(order + (<usize>(j - gap) << 2));
        const other = load<f64>(scores + (<usize>before << 3));
        if (other > score || (other == score && before < index)) break;
        store<i32>(order + (<usize>j << 2), before);
      }
      store<i32>(order + (<usize>j << 2), index);
    }
  }
}
