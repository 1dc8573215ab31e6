// Renders texts once as coverage masks and keeps them: a film shows the same few hundred texts over and over.

import sharp from "sharp";
import { escapeXml } from "../xml.js";
import { baselineFactor, lineFactor, type Mark } from "./layout.js";
import type { TextMask } from "./raster.js";
import { fontFamily, textWidth } from "./text-metrics.js";

/** Most masks that are kept; then all are dropped and made anew as needed. */
const maxMasks = 2000;

/** A cache of text masks. */
export class TextMasks {
  readonly #masks = new Map<string, TextMask>();

  /** Makes the masks of all texts among the marks, so that `get` finds them. */
  async prepare(marks: readonly Mark[]): Promise<void> {
    for (const mark of marks) {
      if (mark.kind !== "text" || this.#masks.has(key(mark.text, mark.size))) continue;
      if (this.#masks.size >= maxMasks) this.#masks.clear();
      this.#masks.set(key(mark.text, mark.size), await renderMask(mark.text, mark.size));
    }
    // A film with very many texts may have emptied the cache under way; a second pass is then short.
    const missing = marks.some((m) => m.kind === "text" && !this.#masks.has(key(m.text, m.size)));
    if (missing) await this.prepare(marks);
  }

  get(mark: Mark): TextMask | undefined {
    return mark.kind === "text" ? this.#masks.get(key(mark.text, mark.size)) : undefined;
  }
}

function key(text: string, size: number): string {
  return `${size} ${text}`;
}

async function renderMask(text: string, size: number): Promise<TextMask> {
  const width = textWidth(text, size) + Math.ceil(size / 2);
  const height = Math.ceil(size * lineFactor);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><text x="0" y="${size * baselineFactor}" font-family="${fontFamily}" font-size="${size}" fill="#fff">${escapeXml(text)}</text></svg>`;
  const { data, info } = await sharp(Buffer.from(svg)).ensureAlpha().extractChannel(3).raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}
