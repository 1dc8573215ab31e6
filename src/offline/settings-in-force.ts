// The settings that an analysis of a file works with, where the configuration leaves something to engine and model: for the heads of results, and to tell
// whether results were made with the same.

import type { AnalysisSettings } from "../core/config.js";
import { settingsOf, uncertainBelowOf, type EngineInfo } from "../core/engine.js";

/** The settings as they are in force. */
export function settingsInForce(settings: AnalysisSettings, engine: EngineInfo): AnalysisSettings {
  // The motion gate is of live streams only: a file is looked at frame by frame.
  return { ...settingsOf(settings, engine), motionGate: false, uncertainBelow: uncertainBelowOf(settings, engine) };
}
