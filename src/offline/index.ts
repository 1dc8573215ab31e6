// Public face of the file analysis: whole files, their result formats, and stills.

export { analyzeFile, type AnalyzedFile, type AnalyzeFileOptions } from "./analyze-file.js";
export { resultFormats, type ResultFormat } from "../core/result-formats.js";
export type { AnalysisProgress } from "./progress.js";
export { itemsOfManifest, itemsOfPaths } from "./study/find-items.js";
export type { StudyList } from "./study/item.js";
export type { StudyOutcome } from "./study/outcome.js";
export { runStudy, type StudyOptions, type StudyResult } from "./study/run-study.js";
export { columnsOf } from "./formats/layouts.js";
export { isUrl, sourceName } from "./source-identity.js";
export { drawPicture } from "./stills/draw.js";
export { emotionOf, findPictures, type FoundPicture } from "./stills/find-pictures.js";
export { predictPicture, type PredictPictureOptions, type StillFace, type StillResult } from "./stills/predict.js";
export { createPredictService, type PredictServiceOptions } from "./stills/predict-service.js";
export { predictLine, predictTable, type PictureRow } from "./stills/rows.js";
export { compareWithTruth, comparisonTable, type Comparison, type TruthPair } from "./stills/truth.js";
export { createAnalysisService, type AnalysisServiceOptions } from "./service/analysis-service.js";
export type { AnalysisService, PredictService } from "../server/services.js";
