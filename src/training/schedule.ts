// One-cycle learning rate (Smith and Topin, 2018), cosine up and down, as PyTorch's OneCycleLR draws it.

export interface Schedule {
  readonly peak: number;
  /** Share of all steps until the peak. */
  readonly rise: number;
  /** First rate as a share of the peak. */
  readonly first: number;
  /** Last rate as a share of the peak. */
  readonly last: number;
}

export const defaultSchedule: Schedule = { peak: 3e-3, rise: 0.25, first: 1 / 25, last: 1e-4 };

/** Learning rate of step `step` (from 0) of `total`. */
export function learningRateAt(schedule: Schedule, step: number, total: number): number {
  const top = Math.max(1, schedule.rise * total);
  if (step < top) return schedule.peak * cosine(schedule.first, 1, step / top);
  return schedule.peak * cosine(1, schedule.last, (step - top) / Math.max(1, total - 1 - top));
}

/** Half a cosine wave between two values, `share` of the way along. */
function cosine(from: number, to: number, share: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * Math.min(1, share)))) / 2;
}
