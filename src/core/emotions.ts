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

/** No knowledge at all: every emotion as likely as another. */
export const uniformScores: EmotionScores = scoresFrom(() => 1 / emotionNames.length);

/** The scores as a distribution: none negative or not a number, sum 1. Without any weight: uniform. */
export function normalise(scores: EmotionScores): EmotionScores {
  const clean = scoresFrom((name) => (scores[name] > 0 && Number.isFinite(scores[name]) ? scores[name] : 0));
  const sum = emotionNames.reduce((total, name) => total + clean[name], 0);
  return sum > 0 ? scoresFrom((name) => clean[name] / sum) : uniformScores;
}

/** Scores made emotion by emotion. */
export function scoresFrom(value: (name: (typeof emotionNames)[number]) => number): EmotionScores {
  return Object.fromEntries(emotionNames.map((name) => [name, value(name)])) as Record<(typeof emotionNames)[number], number>;
}
