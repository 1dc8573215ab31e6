// The first message of a pushing client: what it will send.

import { z } from "zod";
import { zodIssues, type Config } from "../../core/config.js";
import { AppError } from "../../core/errors.js";
import { pushConfigSchema } from "../../core/push.js";
import { analysisOverrideSchema } from "../schemas.js";
import { frameHeaderBytes } from "./frame-header.js";

/** With the analysis settings that a pushed stream may have; how many frames come is the client's business. */
const schema = pushConfigSchema.extend({ settings: analysisOverrideSchema.omit({ maxFps: true }).optional() });

/** What a client declared. */
export type PushConfig = z.infer<typeof schema>;

/** Encoders make small pictures larger than their pixels; metadata comes on top. */
const roomForMetadataBytes = 64 * 1024;

/** Reads a client's text message. @throws AppError `invalid_request` */
export function parsePushConfig(text: string): PushConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError("invalid_request", "Expected a config message as JSON, received a text that is no JSON.", { cause });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new AppError("invalid_request", "The config message does not fit its schema.", { issues: zodIssues(parsed.error) });
  return parsed.data;
}

/**
 * Largest message of a client, bytes: as much as its declared picture could need, within the server's limit.
 * @throws AppError `picture_too_large`, and `payload_too_large` for raw frames that would never fit
 */
export function largestMessage({ format, width, height }: Pick<PushConfig, "format" | "width" | "height">, config: Pick<Config, "push" | "ingest">): number {
  const { maxPixels } = config.ingest;
  if (width * height > maxPixels) throw new AppError("picture_too_large", `Expected at most ${maxPixels} pixels, the config message declares ${width}x${height}.`);
  const pixels = width * height * 3;
  const limit = config.push.maxFrameBytes;
  if (format !== "raw") return frameHeaderBytes + Math.min(pixels + roomForMetadataBytes, limit);
  if (pixels > limit) throw new AppError("payload_too_large", `Expected raw frames of at most ${limit} bytes, the config message declares ${width}x${height}x3 = ${pixels}.`);
  return frameHeaderBytes + pixels;
}
