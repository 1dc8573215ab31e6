// Refuses pictures that are not what they say, before their pixels reach native code.

import type { EngineInput } from "../core/engine.js";
import { AppError } from "../core/errors.js";
import type { AnyPicture } from "../core/frame.js";
import { pictureBytes } from "../core/planar.js";

/** @throws AppError `engine_failed` that says what was expected and what was received. */
export function checkInput({ picture, large, blurSigma = 0 }: EngineInput): void {
  checkPicture("picture", picture);
  if (large !== undefined) checkPicture("large", large);
  if (!(blurSigma >= 0 && blurSigma <= 100)) throw unexpected("a number from 0 to 100", "blurSigma", String(blurSigma));
}

function checkPicture(name: string, picture: AnyPicture): void {
  const { width, height, pixelFormat, data } = picture;
  if (!isSide(width) || !isSide(height)) throw unexpected("whole sides from 1 to 65535", name, `${width}x${height}`);
  if (pixelFormat !== "rgb24" && pixelFormat !== "yuv420p") throw unexpected("rgb24 or yuv420p", `${name}.pixelFormat`, String(pixelFormat));
  if (pixelFormat === "yuv420p" && picture.matrix !== "bt601" && picture.matrix !== "bt709") throw unexpected("bt601 or bt709", `${name}.matrix`, String(picture.matrix));
  if (!(data instanceof Uint8Array)) throw unexpected("a Uint8Array", `${name}.data`, typeof data);
  const wanted = pictureBytes(picture, pixelFormat);
  if (data.length !== wanted) throw unexpected(`${wanted} bytes (${width}x${height}, ${pixelFormat})`, `${name}.data`, String(data.length));
}

function isSide(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 65_535;
}

function unexpected(expected: string, name: string, received: string): AppError {
  return new AppError("engine_failed", `Expected ${expected} for ${name}, received ${received}.`);
}
