// Marks as an SVG of the picture's size, for stills.

import { escapeXml } from "../xml.js";
import { baselineFactor, type Mark } from "./layout.js";
import { fontFamily } from "./text-metrics.js";

/** An SVG document with all marks. */
export function marksSvg(marks: readonly Mark[], width: number, height: number): string {
  const body = marks.map((m) =>
    m.kind === "rect"
      ? `<rect x="${m.x}" y="${m.y}" width="${m.width}" height="${m.height}" fill="${m.color}" fill-opacity="${m.opacity}"/>`
      : `<text x="${m.x}" y="${m.y + m.size * baselineFactor}" font-family="${fontFamily}" font-size="${m.size}" fill="${m.color}">${escapeXml(m.text)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" shape-rendering="crispEdges">${body.join("")}</svg>`;
}
