// How a frame's true time and epoch travel through FFmpeg's muxer, which refuses negative times and rewrites backward jumps.
// A setpts expression inside FFmpeg turns (pts, epoch) into one number that only grows; here it is taken apart again.

/** Ticks of the NUT time base a second: microseconds. */
export const ticksPerSecond = 1_000_000;

// 115 days for each epoch: longer than any file, and 900 epochs fit into the 2^53 that FFmpeg's expressions (doubles) hold.
const epochTicks = 1e13;
const offsetTicks = epochTicks / 2;

/** A run that jumped back so often is opened anew: the numbers would no longer be exact. */
export const maxEpochsOfOneRun = 800;

/** Time and epoch of a frame, epochs counted from 0 within one run of FFmpeg. */
export interface DecodedPts {
  readonly ptsMs: number;
  readonly epoch: number;
}

/**
 * The setpts expression for FFmpeg (time base 1/1000000).
 * Registers: 0 epoch, 1 time of the frame before, 2 time of this frame. A frame without a time gets the time of the one before plus
 * one frame duration (25 frames a second where FFmpeg knows no rate); a frame at the same time as the one before gets a microsecond more.
 * @param originSeconds whole seconds taken off every time, so that files with far away times (Unix time) fit.
 */
export function setptsExpression(originSeconds: number): string {
  const invented = `if(N,ld(1)+if(isnan(FR),${ticksPerSecond / 25},${ticksPerSecond}/FR),0)`;
  const shift = offsetTicks - originSeconds * ticksPerSecond;
  return [
    `st(2,if(isnan(PTS),${invented},PTS))`,
    "if(N*lt(ld(2),ld(1)),st(0,ld(0)+1))",
    "st(1,ld(2))",
    `max(ld(2)+${shift}+ld(0)*${epochTicks},if(N,PREV_OUTPTS+1,0))`,
  ].join(";");
}

/** Takes a coded pts apart. Exact to the microsecond. */
export function decodePts(coded: number, originSeconds: number): DecodedPts {
  const epoch = Math.floor(coded / epochTicks);
  const ticks = coded - epoch * epochTicks - offsetTicks + originSeconds * ticksPerSecond;
  return { ptsMs: ticks / 1000, epoch };
}
