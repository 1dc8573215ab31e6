// How wide a text will be, without drawing it: advance widths of DejaVu Sans (the font Debian's FFmpeg brings along),
// measured from rendered text, in thousandths of the font size.

/** The font of annotations, and what stands in for it. */
export const fontFamily = "DejaVu Sans, Verdana, Arial, sans-serif";

// U+0020 to U+007E
const advances = [
  318, 401, 460, 838, 637, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 637, 637, 637, 637, 637, 637, 637, 637, 637, 637, 337, 337, 838, 838, 838, 531,
  1000, 712, 686, 698, 770, 632, 576, 775, 752, 295, 295, 656, 558, 863, 748, 787, 603, 787, 695, 635, 594, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500,
  500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 975, 634, 612, 635, 635, 394, 521, 392, 634, 592, 818, 592, 592, 525, 637, 337, 637, 838,
];
const otherAdvance = 1000;

/** Width of a text in pixels, rounded up. */
export function textWidth(text: string, fontSize: number): number {
  let sum = 0;
  for (const c of text) sum += advances[(c.codePointAt(0) ?? 0) - 32] ?? otherAdvance;
  return Math.ceil((sum * fontSize) / 1000);
}
