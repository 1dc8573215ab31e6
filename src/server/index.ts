// The server's public face.

export { createServer, type EmostreamServer, type ServerDeps } from "./server.js";
export type { AnalysisOverride, StreamInfo, StreamRequest } from "./schemas.js";
export type { ParsedSource, ParseSource } from "./stream-spec.js";
export { mergeAnalysis } from "./stream-spec.js";
export type { AnalysisInfo, AnalysisService, CreateAnalysis, Prediction, PredictOptions, PredictService, ResultFormat } from "./services.js";
