// Canvases at the screen's resolution, and the font to write on them.

/** The font of the pages; `--font` of css/tokens.css, which a canvas cannot name. */
export const systemFont = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';

/**
 * Gives a canvas the screen's resolution at its present size on the page.
 * @param {HTMLCanvasElement} canvas
 * @returns {CanvasRenderingContext2D | undefined} undefined while the canvas has no size
 */
export function fitCanvas(canvas) {
  const [width, height] = [Math.round(canvas.clientWidth * devicePixelRatio), Math.round(canvas.clientHeight * devicePixelRatio)];
  if (width === 0 || height === 0) return undefined;
  resizeCanvas(canvas, width, height);
  return canvas.getContext("2d") ?? undefined;
}

/**
 * Sets a canvas' own pixels only where they change, as that empties it.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
export function resizeCanvas(canvas, width, height) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

/**
 * Fills a rectangle with round corners.
 * @param {CanvasRenderingContext2D} context
 * @param {{ x: number, y: number, width: number, height: number }} rect
 * @param {number} radius at most half of either side is taken
 */
export function fillRound(context, { x, y, width, height }, radius) {
  context.beginPath();
  context.roundRect(x, y, width, height, Math.min(radius, width / 2, height / 2));
  context.fill();
}
