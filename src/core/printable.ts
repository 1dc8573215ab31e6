// Names out of file systems and tables for terminals and reports.

/**
 * The text with characters that show nothing or change how others are shown (control characters, marks of writing direction, line
 * separators) as `\x1b`.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (c) => `\\x${c.codePointAt(0)!.toString(16).padStart(2, "0")}`);
}
