// How often each emotion is expected: a setting of the emotion model. As a schema, and as the text that flags and queries give.

import { z } from "zod";
import { emotionNames, type EmotionScores } from "./emotions.js";

const share = z.number().min(0);

/** `training`: as the net was trained; a number: so much (tau) of the training prior is taken off; shares: the user's own distribution. */
export const priorSchema = z
  .union([
    z.literal("training"),
    z.number().min(0).max(2),
    z.strictObject(Object.fromEntries(emotionNames.map((n) => [n, share])) as Record<(typeof emotionNames)[number], typeof share>).refine((s) => emotionNames.some((n) => s[n] > 0), "expected a share above 0"),
  ])
  .describe("How often each emotion is expected: `training` (as the net was trained), a number from 0 to 2 (so much of the training prior is taken off), or a share for each of the seven emotions.");

export type Prior = z.infer<typeof priorSchema>;

/** What is in force in an emotion model's answers. */
export const emotionSettingsSchema = z.object({
  model: z.string().describe("Name of the emotion model."),
  version: z.string(),
  prior: priorSchema,
  temperature: z.number().describe("Divides the logits after the prior was taken off."),
  uncertainBelow: z.number().min(0).max(1).describe("The model's own threshold; a configuration may set another."),
});

export type EmotionSettings = z.infer<typeof emotionSettingsSchema>;

/**
 * The prior that a text means: `training`, a number, or `anger=0.1,disgust=0.02,...` with all seven emotions. Undefined where it means none.
 */
export function parsePrior(text: string): Prior | undefined {
  const pairs = text.split(",").map((pair) => pair.split("=").map((part) => part.trim()));
  const value = text.includes("=") ? Object.fromEntries(pairs.map(([name = "", number]) => [name, numberOf(number)])) : text === "training" ? text : numberOf(text);
  const parsed = priorSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** A prior for a list of labels in their order. */
export function priorOfLabels(prior: Prior, labels: readonly (keyof EmotionScores)[]): "training" | number | number[] {
  return typeof prior === "object" ? labels.map((name) => prior[name]) : prior;
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || text.trim() === "" ? undefined : Number(text);
}
