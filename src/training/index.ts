// Training and evaluation of the models, as the command line sees them.

export { openEmotionTeacher } from "./teacher.js";
export { trainEmotion, type TrainEmotionEnd, type TrainEmotionOptions } from "./train-emotion.js";
export { evaluateEmotion, writeEvaluation, type EvaluateEmotionOptions } from "./evaluate-emotion.js";
export type { EvaluationReport } from "./evaluate.js";
export { recordAnew } from "./emotion-record.js";
export { exportEmotion, ferPlusCrop, type ExportEmotionOptions } from "./export-emotion.js";
export { evaluationMarkdown } from "./report/markdown.js";
export { describeSplit } from "./report/data-text.js";
export { defaultAugmentation } from "./augment.js";
export { defaultPlan, type TrainingPlan } from "./plan.js";
export { netSpecs } from "./net/spec.js";
export type { FindFace } from "./data/class-folders.js";
export type { EpochRecord } from "./checkpoint.js";
export { readDetectorModel } from "../inference/mtcnn/manifest.js";
export { openTeacher } from "./detector/teach.js";
export { withoutRepeats } from "./detector/split.js";
export { readPastedFaces } from "./detector/pasted-faces.js";
export { readPhotos } from "./detector/read-photos.js";
export { trainDetector, type TrainDetectorOptions } from "./detector/train-detector.js";
export { exportDetector } from "./detector/export-detector.js";
export { evaluateDetector, type DetectorReport } from "./detector/evaluate-detector.js";
export { detectorMarkdown } from "./detector/detector-report.js";
export { openCascadeCandidate, openHumanCandidate } from "./detector/open-candidates.js";
export { writeDetectorEvaluation } from "./detector/write-evaluation.js";
export { quantizationMarkdown, quantizeModel } from "./quantize/quantize-model.js";
export { importMtcnn } from "./detector/import-mtcnn.js";
export { stageNames, type StageName } from "./detector/nets.js";
