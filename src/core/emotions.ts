// The seven emotions of the feed. Models may order them differently: a model's label order comes from its manifest.

/** Names of the emotions, in the order in which the feed writes them. */
export const emotionNames = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"] as const;

export type Emotion = (typeof emotionNames)[number];

/** A probability for each emotion, summing to 1 (before rounding). */
export type EmotionScores = Readonly<Record<Emotion, number>>;

/** The most probable emotion and its probability. Ties go to the first in `emotionNames`. */
export function topEmotion(scores: EmotionScores): { readonly label: Emotion; readonly probability: number } {
  let label: Emotion = emotionNames[0];
  for (const name of emotionNames) if (scores[name] > scores[label]) label = name;
  return { label, probability: scores[label] };
}
