// How figures of both precisions are kept, and how far they may lie apart.

/** Largest loss, points: a net that loses more stays on floats. */
export const maxLoss = 0.3;

/** Each figure to 4 decimals. */
export function roundFigures<N extends string>(figures: Readonly<Record<N, number>>): Record<N, number> {
  return Object.fromEntries(Object.entries<number>(figures).map(([name, value]) => [name, Math.round(value * 1e4) / 1e4])) as Record<N, number>;
}
