// Names that clients give to their films: for people, for the heads of results, for names of files. Never a way through folders.

const mostChars = 200;

/** The last part of a path in either notation, without control and direction characters; `fallback` where nothing is left. */
export function safeFileName(text: string, fallback: string): string {
  const last = text.split(/[/\\]/).at(-1) ?? "";
  const clean = last.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "").trim().slice(0, mostChars);
  return /^\.*$/.test(clean) ? fallback : clean;
}
