// Text inside SVG.

/** Escapes text for XML content and attributes, and drops the control characters that XML 1.0 does not allow. */
export function escapeXml(text: string): string {
  return [...text]
    .filter((c) => {
      const code = c.codePointAt(0) ?? 0;
      return (code >= 0x20 && code !== 0x7f && (code < 0xd800 || code > 0xdfff) && code !== 0xfffe && code !== 0xffff) || code === 0x09;
    })
    .join("")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&apos;");
}
