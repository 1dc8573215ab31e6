// The report of a run for people.

export function markdown({ seed, share, machine, parts, failures }) {
  return [
    "# Fuzz",
    "",
    `Seed ${seed}, share ${share}. ${machine}.`,
    "",
    "Memory and handles before and after, with nothing left to do:",
    "",
    "| part | sent | seconds | JavaScript (MiB) | process (MiB) | handles | failures |",
    "|---|---|---|---|---|---|---|",
    ...parts.map(({ name, sent, sends, seconds, growth, failures: own }) => `| ${name} | ${sent} ${sends} | ${seconds} | ${["heapMib", "processMib", "handles"].map((what) => (growth ? `${growth.before[what]}, ${growth.after[what]}` : "")).join(" | ")} | ${own.length} |`),
    "",
    failures === 0 ? "Nothing was wrong." : "## Failures",
    "",
    ...parts.flatMap(({ name, failures: own }) => own.map((f) => `- **${name}**: ${f.why}${f.case === undefined ? "" : `\n\n  \`\`\`\n  ${f.case}\n  \`\`\`\n\n  \`${f.again}\``}${f.lines === undefined ? "" : `\n\n  \`\`\`\n  ${f.lines.join("\n  ")}\n  \`\`\``}`)),
    "",
  ].join("\n");
}
