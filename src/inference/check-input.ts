// Refuses pictures that are not what they say, before their pixels reach native code.

import type { EngineInput } from "../core/engine.js";
import { AppError } from "../core/errors.js";
import type { Picture } from "../core/frame.js";

/** @throws AppError `engine_failed` that says what was expected and what was received. */
export function checkInput({ picture, large, blurSigma = 0 }: EngineInput): void {
  checkPicture("picture", picture);
  if (large !== undefined) checkPicture("large", large);
  if (!(blurSigma >= 0 && blurSigma <= 100)) throw unexpected("a number from 0 to 100", "blurSigma", String(blurSigma));
}

function checkPicture(name: string, { width, height, pixelFormat, data }: Picture): void {
  if (!isSide(width) || !isSide(height)) throw unexpected("whole sides from 1 to 65535", name, `${width}x${height}`);
  if (pixelFormat !== "rgb24") throw unexpected("rgb24", `${name}.pixelFormat`, String(pixelFormat));
  if (!(data instanceof Uint8Array)) throw unexpected("a Uint8Array", `${name}.data`, typeof data);
  const wanted = width * height * 3;
  if (data.length !== wanted) throw unexpected(`${wanted} bytes (${width}x${height}x3)`, `${name}.data`, String(data.length));
}

function isSide(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 65_535;
}

function unexpected(expected: string, name: string, received: string): AppError {
  return new AppError("engine_failed", `Expected ${expected} for ${name}, received ${received}.`);
}
