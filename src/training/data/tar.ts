// Reads the regular files of an uncompressed tar archive (POSIX ustar, GNU long names). Enough for published data sets.

const blockBytes = 512;

export interface TarEntry {
  readonly path: string;
  readonly data: Buffer;
}

/** The files of the archive, in order. `data` are views into `archive`. */
export function* tarEntries(archive: Buffer): Generator<TarEntry> {
  let longName: string | undefined;
  for (let at = 0; at < archive.length; ) {
    const header = archive.subarray(at, at + blockBytes);
    if (header[0] === 0) return;
    if (header.length < blockBytes) throw new RangeError(`expected ${blockBytes} bytes of a tar header at byte ${at}, received ${header.length}`);
    const size = parseInt(text(header, 124, 12).trim(), 8);
    const type = text(header, 156, 1);
    if (!Number.isInteger(size) || size < 0 || at + blockBytes + size > archive.length) throw new RangeError(`expected a tar header at byte ${at}`);
    const data = archive.subarray(at + blockBytes, at + blockBytes + size);
    at += blockBytes + Math.ceil(size / blockBytes) * blockBytes;
    if (type === "L") {
      longName = text(data, 0, data.length);
    } else if (type === "0" || type === "") {
      const prefix = text(header, 257, 5) === "ustar" ? text(header, 345, 155) : "";
      yield { path: longName ?? (prefix === "" ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`), data };
      longName = undefined;
    }
  }
}

function text(bytes: Buffer, start: number, length: number): string {
  const part = bytes.subarray(start, start + length);
  const end = part.indexOf(0);
  return part.subarray(0, end === -1 ? part.length : end).toString("utf8");
}
