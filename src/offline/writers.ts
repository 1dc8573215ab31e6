// The writers that an analysis needs for the formats it was asked for.

import { createCsvWriter, csvLayout, declaredLayout } from "./formats/csv.js";
import { pyFeatLayout } from "./formats/csv-py-feat.js";
import { createEafWriter } from "./formats/eaf.js";
import { createEpisodesVttWriter } from "./formats/episodes-vtt.js";
import { createJsonlWriter } from "./formats/jsonl.js";
import type { TimelineCollector } from "./formats/timeline-data.js";
import type { CsvColumnSet, ResultFormat } from "../core/result-formats.js";
import type { FrameRecord, ResultHead, ResultWriter, WriteText } from "./formats/types.js";
import { createVttWriter } from "./formats/vtt.js";
import { spoolLine } from "./mark-spool.js";
import type { OutputFile } from "./output-file.js";

/** Opens the writers of the text formats, and of what the picture (`timeline`) and the video (`spool`) are made from. */
export async function openWriters(
  outputs: ReadonlyMap<ResultFormat, OutputFile>,
  head: ResultHead,
  spool: OutputFile | undefined,
  timeline: TimelineCollector,
  csvColumns: CsvColumnSet,
): Promise<ResultWriter[]> {
  const writers: ResultWriter[] = [];
  const [jsonl, csv, vtt, episodes, eaf] = [outputs.get("jsonl"), outputs.get("csv"), outputs.get("vtt"), outputs.get("episodes"), outputs.get("eaf")];
  if (jsonl !== undefined) writers.push(await createJsonlWriter(head, textOf(jsonl)));
  if (csv !== undefined) {
    const layout = csvColumns === "py-feat" ? pyFeatLayout(head.source.name) : csvLayout;
    writers.push(await createCsvWriter(textOf(csv), head.privacy === undefined ? layout : declaredLayout(layout, head.privacy)));
  }
  if (vtt !== undefined) writers.push(await createVttWriter(textOf(vtt), head.privacy));
  if (episodes !== undefined) writers.push(createEpisodesVttWriter(textOf(episodes), head.privacy));
  if (eaf !== undefined) writers.push(createEafWriter(head, textOf(eaf)));
  if (spool !== undefined) writers.push(withoutEnd((record) => spool.write(spoolLine(record))));
  if (outputs.has("png")) {
    writers.push(
      withoutEnd((record) => {
        timeline.add(record);
        return Promise.resolve();
      }),
    );
  }
  return writers;
}

function textOf(file: OutputFile): WriteText {
  return (text) => file.write(text);
}

function withoutEnd(frame: (record: FrameRecord) => Promise<void>): ResultWriter {
  return { frame, finish: () => Promise.resolve() };
}
