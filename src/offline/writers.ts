// The writers that an analysis needs for the formats it was asked for.

import { createCsvWriter } from "./formats/csv.js";
import { createEafWriter } from "./formats/eaf.js";
import { createEpisodesVttWriter } from "./formats/episodes-vtt.js";
import { createJsonlWriter } from "./formats/jsonl.js";
import { layoutOf } from "./formats/layouts.js";
import { createParquetWriter } from "./formats/parquet.js";
import type { TimelineCollector } from "./formats/timeline-data.js";
import type { CsvColumnSet, ResultFormat } from "../core/result-formats.js";
import type { FrameRecord, ResultHead, ResultWriter, WriteText } from "./formats/types.js";
import { createVttWriter } from "./formats/vtt.js";
import { spoolLine } from "./mark-spool.js";
import type { OutputFile } from "./output-file.js";

/** Opens the writers of the text formats and tables, and of what the picture (`timeline`) and the video (`spool`) are made from. */
export async function openWriters(
  outputs: ReadonlyMap<ResultFormat, OutputFile>,
  head: ResultHead,
  spool: OutputFile | undefined,
  timeline: TimelineCollector,
  csvColumns: CsvColumnSet,
): Promise<ResultWriter[]> {
  const writers: ResultWriter[] = [];
  const layout = layoutOf(csvColumns, head.source.name, head.privacy);
  const [jsonl, csv, parquet, vtt, episodes, eaf] = [outputs.get("jsonl"), outputs.get("csv"), outputs.get("parquet"), outputs.get("vtt"), outputs.get("episodes"), outputs.get("eaf")];
  if (jsonl !== undefined) writers.push(await createJsonlWriter(head, textOf(jsonl)));
  if (csv !== undefined) writers.push(await createCsvWriter(textOf(csv), layout));
  if (parquet !== undefined) writers.push(createParquetWriter((bytes) => parquet.append(bytes), layout, `emostream version ${head.version}`));
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
