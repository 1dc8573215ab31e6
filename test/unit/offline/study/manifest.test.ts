// Manifests as spreadsheets write them, and as nobody should.

import { describe, expect, it } from "vitest";
import { isItem, type StudyList } from "../../../../src/offline/study/item.js";
import { readManifest } from "../../../../src/offline/study/manifest.js";

const taken = ["seq", "score", "x"];

function read(text: string | Buffer): StudyList {
  return readManifest(Buffer.from(text as string), "/study", taken);
}

/** Path and values of each row, or why it is refused. */
function rows(list: StudyList): unknown[] {
  return list.entries.map((e) => (isItem(e) ? [e.row, e.path, ...e.values] : [e.row, e.error.code, e.error.message]));
}

describe("a manifest", () => {
  it("has files relative to its folder and keeps every other column", () => {
    const list = read("file,participant,session,condition,age\nv/a.mp4,p01,1,control,33\n/abs/b.mp4,p02,2,treatment,007\n");
    expect(list.columns).toEqual(["participant", "session", "condition", "age"]);
    expect(rows(list)).toEqual([
      [2, "/study/v/a.mp4", "p01", "1", "control", "33"],
      [3, "/abs/b.mp4", "p02", "2", "treatment", "007"],
    ]);
  });

  it.each([
    ["BOM and CRLF", "\uFEFFfile,session\r\nä.mp4,1\r\n"],
    ["semicolons", "file;session\nä.mp4;1\n"],
    ["tabs, CR only", "session\tfile\r1\tä.mp4\r"],
    ["quotes, no last line end", '"file","session"\n"ä.mp4","1"'],
    ["empty lines and columns", "file,session,,\n\nä.mp4,1,,\n,,,\n  \n"],
  ])("is read with %s", (_, text) => {
    const [entry, ...more] = read(text).entries;
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ file: "ä.mp4", path: "/study/ä.mp4", values: ["", "1", ""] });
  });

  it("takes commas, quotes and line ends within quotes, and counts rows as a spreadsheet does", () => {
    expect(rows(read('file,note\n"a,1.mp4","says ""hi"",\r\ntwice"\nb.mp4,\n'))).toEqual([
      [2, "/study/a,1.mp4", "", "", "", 'says "hi",\r\ntwice'],
      [3, "/study/b.mp4", "", "", "", ""],
    ]);
  });

  it("refuses a row that is wrong, and only that row", () => {
    const bytes = Buffer.concat([Buffer.from("file,participant\na.mp4,p01\nb.mp4\nc.mp4,p03,more\n,p04\nd.mp4,"), Buffer.from([0x4a, 0xfc]), Buffer.from("\nhttp://host/e.mp4,p06\nf\0.mp4,p07\ng.mp4,p08\n")]);
    expect(rows(read(bytes))).toEqual([
      [2, "/study/a.mp4", "p01", "", ""],
      [3, "manifest_invalid", "Expected 2 cells, received 1."],
      [4, "manifest_invalid", "Expected 2 cells, received 3."],
      [5, "manifest_invalid", "Expected the name of a file, received an empty cell."],
      [6, "manifest_invalid", "Expected UTF-8 in column participant, received other bytes. Save the table as “CSV UTF-8”."],
      [7, "manifest_invalid", "Expected a file on this machine, received an address."],
      [8, "manifest_invalid", "Expected the name of a file, received one with a zero byte."],
      [9, "/study/g.mp4", "p08", "", ""],
    ]);
  });

  it.each([
    ["nothing", "", "empty manifest"],
    ["only a header", "file,session\n", "at least one row"],
    ["no column file", "path,session\na.mp4,1\n", 'column file in the manifest, received "path", "session"'],
    ["a column twice", "file,age,Age\na.mp4,1,2\n", '"Age" twice'],
    ["a column of ours", "file,Score\na.mp4,1\n", '"Score"'],
    ["a column without a name", "file,,age\na.mp4,1,2\n", "column 2"],
    ["a quote that is never closed", 'file,note\na.mp4,"open\nb.mp4,1\n', "broken quotes at line"],
    ["text beside quotes", 'file,note\na.mp4,"x"y\n', "broken quotes at line 2"],
    ["UTF-16", Buffer.from("\uFEFFfile\na.mp4\n", "utf16le"), "UTF-16"],
    ["a header in Latin-1", Buffer.from("file,pr\xfcfung\na.mp4,1\n", "latin1"), "UTF-8 in the header"],
  ])("is refused as a whole with %s", (_, text, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "manifest_invalid", message: expect.stringContaining(message) as string }) as Error);
  });
});
