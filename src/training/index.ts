// Training and evaluation of the emotion CNN, as the command line sees them.

export { trainEmotion, type TrainEmotionEnd, type TrainEmotionOptions } from "./train-emotion.js";
