// Binary messages of a pushing client: a header of 20 bytes, then the picture. Numbers are big-endian (the default of DataView); id and
// time stand where the preview messages of the feed have seq and ptsMs.
//
//   offset  size  field
//   0       1     version, 1
//   1       1     kind, 1 = a frame in the declared format
//   2       2     0
//   4       8     frame id, IEEE 754 double: a whole number from 0 to 2^53 - 1
//   12      8     capture time, IEEE 754 double: milliseconds since 1970, may have fractions
//   20      rest  the picture
//
// `src/client/push-frame.ts` and `web/push-frame.js` write what this reads.

import { AppError } from "../../core/errors.js";

/** Bytes before the picture. */
export const frameHeaderBytes = 20;
const version = 1;
const kindFrame = 1;
/** End of the year 9999: later times have no ISO form of four digits. */
const latestMs = 253_402_300_799_999;

/** One binary message, understood. `data` is a view into it. */
export interface FrameFields {
  readonly frameId: number;
  readonly capturedAtMs: number;
  readonly data: Uint8Array;
}

/** Reads a message. @throws AppError `invalid_request` where no frame id can be read, so that none can be answered by its id */
export function decodeFrame(message: Uint8Array): FrameFields {
  if (message.length < frameHeaderBytes) throw refused(`at least ${frameHeaderBytes} bytes of header`, `a message of ${message.length}`);
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  if (view.getUint8(0) !== version) throw refused(`version ${version} in byte 0`, String(view.getUint8(0)));
  if (view.getUint8(1) !== kindFrame) throw refused(`kind ${kindFrame} in byte 1`, String(view.getUint8(1)));
  if (view.getUint16(2) !== 0) throw refused("0 in bytes 2 and 3", String(view.getUint16(2)));
  const frameId = view.getFloat64(4);
  if (!Number.isSafeInteger(frameId) || frameId < 0 || Object.is(frameId, -0)) throw refused("a whole number from 0 to 2^53 - 1 as frame id", String(frameId));
  return { frameId, capturedAtMs: view.getFloat64(12), data: message.subarray(frameHeaderBytes) };
}

/** @throws AppError `invalid_request` */
export function checkCaptureTime(capturedAtMs: number): void {
  if (capturedAtMs >= 0 && capturedAtMs <= latestMs) return;
  throw refused(`milliseconds from 1970 to the year 9999 as capture time`, String(capturedAtMs));
}

function refused(expected: string, received: string): AppError {
  return new AppError("invalid_request", `Expected ${expected}, received ${received}.`);
}
