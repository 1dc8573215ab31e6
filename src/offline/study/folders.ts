// Names of the folders that hold the results of each file: its own name where that is free, else with a number behind it.

/** Bytes of UTF-8. Leaves room for the endings of result files and of temporary names within the 255 that file systems allow. */
const maxNameBytes = 120;

/** What else stands in the folder of a study. */
const reserved = ["combined.csv", "combined.parquet", "quality.html", "quality.json", "quality.csv"];

/** A name for folders and result files out of the name of a video: without its extension and without characters that some file system refuses. */
export function safeName(fileName: string): string {
  const stem = fileName.replace(/\.[^.]*$/, "");
  const plain = stem.normalize("NFC").replaceAll(/[\p{C}\p{Zl}\p{Zp}<>:"/\\|?*\u{FFFD}]+/gu, "-").replaceAll(/^[.\s-]+|[.\s-]+$/g, "");
  let name = "";
  for (const character of plain) {
    if (Buffer.byteLength(name + character) > maxNameBytes) break;
    name += character;
  }
  name = name.trimEnd();
  return /^(?:con|prn|aux|nul|com\d|lpt\d)?$/i.test(name) ? `file${name === "" ? "" : `-${name}`}` : name;
}

/** Hands out names that differ also where a file system does not tell capitals. */
export class FolderNames {
  readonly #taken: Set<string>;

  /** @param taken Folders that other files have already */
  constructor(taken: Iterable<string>) {
    this.#taken = new Set([...reserved, ...taken].map(folded));
  }

  /** The next free name for a video of that name. */
  take(fileName: string): string {
    const base = safeName(fileName);
    let name = base;
    for (let i = 2; this.#taken.has(folded(name)); i += 1) name = `${base}-${i}`;
    this.#taken.add(folded(name));
    return name;
  }
}

function folded(name: string): string {
  return name.normalize("NFC").toLowerCase();
}
