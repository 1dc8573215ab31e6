// The part of a stream's settings that says where, down to which size and how closely faces are looked for, for one picture.

import type { AnalysisSettings } from "./config.js";
import type { DetectSettings } from "./engine.js";

/** In pixels of a picture of that size; undefined where everything is the detector's default. */
export function detectSettings({ minFaceSize, regions, thorough }: Pick<AnalysisSettings, "minFaceSize" | "regions" | "thorough">, { width, height }: { readonly width: number; readonly height: number }): DetectSettings | undefined {
  if (minFaceSize === undefined && regions === undefined && !thorough) return undefined;
  return {
    ...(minFaceSize === undefined ? {} : { minFaceSize }),
    ...(regions === undefined ? {} : { regions: regions.map((r) => ({ x: r.x * width, y: r.y * height, width: r.width * width, height: r.height * height })) }),
    ...(thorough && { thorough }),
  };
}
