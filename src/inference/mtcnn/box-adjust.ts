// Two measures of the same face: the box the nets were trained with, and the one that is told, brow to chin. Pure.

import type { Box } from "../../core/geometry.js";

/** From the nets' box to the told one: moved, then grown, by shares of its size (the manifest's `boxAdjust`). */
export function toldBox({ x, y, width, height }: Box, adjust: Box): Box {
  const [cx, cy] = [x + width / 2 + adjust.x * width, y + height / 2 + adjust.y * height];
  return { x: cx - (adjust.width * width) / 2, y: cy - (adjust.height * height) / 2, width: adjust.width * width, height: adjust.height * height };
}

/** From the told box back to the nets'. */
export function netBox(told: Box, adjust: Box): Box {
  const [width, height] = [told.width / adjust.width, told.height / adjust.height];
  const [cx, cy] = [told.x + told.width / 2 - adjust.x * width, told.y + told.height / 2 - adjust.y * height];
  return { x: cx - width / 2, y: cy - height / 2, width, height };
}
