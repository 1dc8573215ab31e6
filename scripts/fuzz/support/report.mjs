// The report of a run for people.

export function markdown({ seed, share, machine, parts, failures }) {
  return [
    "# Fuzz",
    "",
    `Seed ${seed}, share ${share}. ${machine}.`,
    "",
    "| part | sent | seconds | memory before, after (MiB) | handles | failures |",
    "|---|---|---|---|---|---|",
    ...parts.map(({ name, sent, sends, seconds, growth, failures: own }) => `| ${name} | ${sent} ${sends} | ${seconds} | ${growth ? `${growth.before.mib}, ${growth.after.mib}` : ""} | ${growth ? `${growth.before.handles}, ${growth.after.handles}` : ""} | ${own.length} |`),
    "",
    failures === 0 ? "Nothing was wrong." : "## Failures",
    "",
    ...parts.flatMap(({ name, failures: own }) => own.map((f) => `- **${name}**: ${f.why}${f.case === undefined ? "" : `\n\n  \`\`\`\n  ${f.case}\n  \`\`\`\n\n  \`${f.again}\``}${f.lines === undefined ? "" : `\n\n  \`\`\`\n  ${f.lines.join("\n  ")}\n  \`\`\``}`)),
    "",
  ].join("\n");
}
