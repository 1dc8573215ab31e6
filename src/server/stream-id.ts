// Ids for streams that were added without one. Pure.

const maxLength = 64;

/**
 * An id made from a source: host and path of an address, name of a file. Credentials and query never get in.
 * `rtsp://admin:pw@door.lan:554/h264/main` gives `door-lan-h264-main`, `media/Talk 1.mp4` gives `talk-1`.
 * @param taken says whether an id is in use; a number is added until one is free
 */
export function streamIdFor(redactedSource: string, taken: (id: string) => boolean): string {
  const base = slug(readable(redactedSource)) || "stream";
  if (!taken(base)) return base;
  for (let n = 2; ; n++) {
    const suffix = `-${n}`;
    const id = `${base.slice(0, maxLength - suffix.length)}${suffix}`;
    if (!taken(id)) return id;
  }
}

function readable(source: string): string {
  const url = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?(\[[^\]]*\]|[^/?#:]*)(?::\d+)?([^?#]*)/i.exec(source);
  if (url && url[1] !== "") return `${url[1]}${url[2] ?? ""}`;
  const file = source.split(/[/\\]/).findLast((part) => part !== "") ?? "";
  return file.replace(/\.[a-z0-9]{1,5}$/i, "");
}

function slug(text: string): string {
  return text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, maxLength)
    .replace(/-+$/, "");
}
