// Small pictures of a film over time, as SVG without text, style or identifiers: a page may hold hundreds.

import { emotionNames } from "../../../core/emotions.js";
import { emotionColors } from "../../../core/palette.js";
import type { Quality } from "./measures.js";

const height = 20;

/** Columns as high as the share of frames with a face in each stretch of time. */
export function faceSpark({ strip: { bins } }: Quality): string {
  const shape = bins.map(({ face }, i) => column(i, 0, face)).join("");
  return svg(bins.length, `Frames with a face over time`, `<path class="seen" d="${shape}"/>`, " low");
}

/** Stacked columns of the emotions' means in each stretch; nothing where there is no face. Anger lies at the bottom, neutral on top. */
export function emotionSpark({ strip: { bins } }: Quality): string {
  const paths = emotionNames.map((name, e) => {
    const shape = bins.map(({ emotions }, i) => (emotions === undefined ? "" : column(i, stackedTo(emotions, e), stackedTo(emotions, e + 1)))).join("");
    return shape === "" ? "" : `<path fill="${emotionColors[name]}" d="${shape}"/>`;
  });
  return svg(bins.length, "Emotions over time", paths.join(""));
}

/** A bar for one share. */
export function shareBar(share: number, color: string): string {
  return `<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect class="ground" width="100" height="4"/><rect fill="${color}" width="${Math.round(share * 100)}" height="4"/></svg>`;
}

function svg(width: number, label: string, content: string, more = ""): string {
  return `<svg class="spark${more}" viewBox="0 0 ${Math.max(1, width)} ${height}" preserveAspectRatio="none" shape-rendering="crispEdges" role="img" aria-label="${label}"><rect class="ground" width="100%" height="100%"/>${content}</svg>`;
}

/** A column one wide, between two shares of the height; nothing where they are the same after rounding. */
function column(x: number, from: number, to: number): string {
  const [bottom, top] = [from, to].map((share) => Math.round(height * 10 * (1 - Math.min(1, share))) / 10) as [number, number];
  return bottom === top ? "" : `M${x} ${top}h1V${bottom}h-1z`;
}

/** Sum of the first `count` scores as a share of all, so that stacks are full although the scores are rounded. */
function stackedTo(scores: readonly number[], count: number): number {
  const sum = scores.reduce((a, b) => a + b, 0);
  return sum === 0 ? 0 : scores.slice(0, count).reduce((a, b) => a + b, 0) / sum;
}
