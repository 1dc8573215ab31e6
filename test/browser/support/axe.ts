// axe-core in a page: what of WCAG 2.2 A and AA a machine can check.

import axe, { type AxeResults } from "axe-core";
import type { Page } from "puppeteer-core";

/** Violations of the page as it stands, one line for each element; empty: none. */
export async function violations(page: Page): Promise<string[]> {
  // Into the page past its content security policy, which lets no foreign script in.
  await page.evaluate(axe.source);
  const results = (await page.evaluate("axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] })")) as AxeResults;
  return results.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${(node.failureSummary ?? "").split("\n")[1]?.trim() ?? ""}`));
}
