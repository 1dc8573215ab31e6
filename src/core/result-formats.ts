// The kinds of result files of an analysis, for the command line, the REST interface and the writers alike.

/** Names of the formats, as users type them. */
export const resultFormats = ["jsonl", "csv", "vtt", "episodes", "eaf", "mp4", "png"] as const;

export type ResultFormat = (typeof resultFormats)[number];
