// How figures of both precisions are kept, and how far they may lie apart.

/** Largest loss, points: a net that loses more stays on floats. */
export const maxLoss = 0.3;

/** Each figure to 4 decimals. */
export function roundFigures<N extends string>(figures: Readonly<Record<N, number>>): Record<N, number> {
  return Object.fromEntries(Object.entries<number>(figures).map(([name, value]) => [name, Math.round(value * 1e4) / 1e4])) as Record<N, number>;
}

/** Of two nets, by what int8 costs in each alone and in both, points: those that may have it. Each alone may cost little enough and both too much; then the dearer one stays on floats. */
export function affordable<N>(alone: readonly (readonly [net: N, loss: number])[], together: number): N[] {
  const kept = alone.filter(([, loss]) => loss <= maxLoss).toSorted((a, b) => a[1] - b[1]);
  return (kept.length === alone.length && together > maxLoss ? kept.slice(0, 1) : kept).map(([net]) => net);
}
