// Which analyzers there are. Each is loaded only by a worker that was told its name, with its model runtime.

import type { Analyzer, AnalyzerSettings } from "./analyzer.js";

export type { AnalyzerSettings };

/** Loads the analyzer of that name. @throws AppError `model_invalid`, `engine_unavailable` */
export async function openAnalyzer(settings: AnalyzerSettings): Promise<Analyzer> {
  switch (settings.name) {
    case "emostream": {
      const { openEmostreamAnalyzer } = await import("./emostream-analyzer.js");
      return openEmostreamAnalyzer(settings);
    }
    case "human": {
      const { openHumanAnalyzer } = await import("./human-analyzer.js");
      return openHumanAnalyzer(settings);
    }
  }
}
