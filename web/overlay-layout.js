// Where the emotion bars of each face go on the picture: beside the box with names where there is room, else a small strip under it.
// Pure geometry, in canvas pixels. A face keeps its place while that stays free, so that nothing jumps about.

/** @typedef {{ x: number, y: number, width: number, height: number }} Rect */
/** Beside the box, level with its top or its bottom, or a strip. @typedef {"right" | "right-low" | "left" | "left-low" | "strip"} Place */

/** @type {readonly Place[]} */
const blockPlaces = ["right", "right-low", "left", "left-low"];

/** Sizes of a labelled block and of a strip, in CSS pixels. */
export const blockSize = { width: 118, height: 98 };
const stripSize = { least: 38, most: 120, height: 22 };
/** Room of the chip over a box, wide enough for the longest emotion. */
const chipSize = { width: 140, height: 20 };
const gap = 6;

/**
 * Chooses places, one for each box, in their order (largest first).
 * @param {readonly { trackId: number, box: Rect }[]} faces
 * @param {{ width: number, height: number }} size of the canvas
 * @param {number} unit canvas pixels for one CSS pixel
 * @param {ReadonlyMap<number, Place>} before places of the frame before
 * @returns {{ trackId: number, place: Place, bars: Rect }[]}
 */
export function placeBars(faces, size, unit, before) {
  /** @type {Rect[]} */
  const taken = faces.flatMap((f) => [f.box, chipPlace(f.box, chipSize.width * unit, size, unit)]);
  const roomy = size.width >= 560 * unit;
  return faces.map(({ trackId, box }) => {
    const kept = before.get(trackId);
    const wishes = kept === undefined || kept === "strip" ? blockPlaces : [kept, ...blockPlaces];
    for (const place of roomy ? wishes : []) {
      const bars = block(box, place, size, unit);
      if (!inside(bars, size) || taken.some((t) => overlap(t, bars))) continue;
      taken.push(bars);
      return { trackId, place, bars };
    }
    return { trackId, place: "strip", bars: strip(box, size, unit) };
  });
}

/**
 * Where a chip of that width goes: over the box, moved only as far as the picture's edges ask.
 * @param {Rect} box
 * @param {number} width
 * @param {{ width: number, height: number }} size of the canvas
 * @param {number} unit
 * @returns {Rect}
 */
export function chipPlace(box, width, size, unit) {
  const height = chipSize.height * unit;
  return { x: clamp(box.x, 0, size.width - width), y: Math.max(0, box.y - height - 4 * unit), width, height };
}

/**
 * @param {Rect} box
 * @param {Place} place
 * @param {{ width: number, height: number }} size
 * @param {number} unit
 * @returns {Rect}
 */
function block(box, place, size, unit) {
  const width = blockSize.width * unit;
  const height = blockSize.height * unit;
  const x = place.startsWith("right") ? box.x + box.width + gap * unit : box.x - gap * unit - width;
  const y = place.endsWith("low") ? box.y + box.height - height : box.y;
  return { x, y: clamp(y, 0, size.height - height), width, height };
}

/**
 * @param {Rect} box
 * @param {{ width: number, height: number }} size
 * @param {number} unit
 * @returns {Rect}
 */
function strip(box, size, unit) {
  const width = clamp(box.width, stripSize.least * unit, stripSize.most * unit);
  const height = stripSize.height * unit;
  const below = { x: clamp(box.x + (box.width - width) / 2, 0, size.width - width), y: box.y + box.height + gap * unit };
  if (below.y + height <= size.height) return { ...below, y: Math.max(0, below.y), width, height };
  // No room under the box: beside its foot, over the face only where the picture ends on both sides.
  const y = size.height - height;
  const besides = [box.x + box.width + gap * unit, box.x - gap * unit - width].find((x) => x >= 0 && x + width <= size.width);
  return { x: besides ?? below.x, y, width, height };
}

/**
 * @param {Rect} rect
 * @param {{ width: number, height: number }} size
 */
function inside(rect, size) {
  return rect.x >= 0 && rect.y >= 0 && rect.x + rect.width <= size.width && rect.y + rect.height <= size.height;
}

/**
 * How much larger than its nominal size the overlay is drawn: small pictures leave less room, large ones are looked at from further away.
 * @param {number} shownWidth CSS pixels
 */
export function overlayScale(shownWidth) {
  return Math.max(0.85, Math.min(1.4, shownWidth / 760));
}

/**
 * Whether two rectangles share any area.
 * @param {Rect} a
 * @param {Rect} b
 */
export function overlap(a, b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}
