// The kinds of result files of an analysis, for the command line, the REST interface and the writers alike.

/** Names of the formats, as users type them. */
export const resultFormats = ["jsonl", "csv", "parquet", "vtt", "episodes", "eaf", "mp4", "png"] as const;

export type ResultFormat = (typeof resultFormats)[number];

/** Sets of columns for `csv` and `parquet`: our own, or those that users of py-feat know. */
export const csvColumnSets = ["emostream", "py-feat"] as const;

export type CsvColumnSet = (typeof csvColumnSets)[number];
