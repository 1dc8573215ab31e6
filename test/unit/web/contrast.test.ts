// The style sheet's font, and the contrast of its colours by WCAG 2: text 4.5 to 1, what is no text 3 to 1, in both themes.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { emotionNames } from "../../../src/core/emotions.js";
import { systemFont } from "../../../web/canvas.js";
import { trackColour, trackInk } from "../../../web/track-colours.js";

const css = readFileSync(new URL("../../../web/css/tokens.css", import.meta.url), "utf8");
const blocks = [...css.matchAll(/([^{}]+)\{([^}]*)\}/g)].map(([, selector = "", body = ""]) => ({
  selector,
  colours: Object.fromEntries([...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})\b/g)].map(([, name, value]) => [name, value])) as Record<string, string>,
}));
const light = blocks.find((b) => b.selector.includes(":root {") || b.selector.trim().endsWith(":root"))?.colours ?? {};
const dark = Object.assign({}, ...blocks.filter((b) => b.selector.includes('data-theme="dark"')).map((b) => b.colours)) as Record<string, string>;

const texts = [
  ["text", "ground"],
  ["text", "surface"],
  ["text-muted", "ground"],
  ["text-muted", "surface"],
  ["text-muted", "bar-ground"],
  ["accent", "surface"],
  ["on-accent", "accent"],
  ["good", "good-soft"],
  ["good", "surface"],
  ["warn", "warn-soft"],
  ["warn", "surface"],
  ["bad", "bad-soft"],
  ["bad", "surface"],
  ["on-bad", "bad"],
] as const;

describe.each([
  ["light", light],
  ["dark", dark],
])("%s", (_, theme) => {
  test.each(texts)("%s on %s is readable", (fore, back) => {
    expect(contrast(theme[fore], theme[back])).toBeGreaterThanOrEqual(4.5);
  });

  test.each(emotionNames)("the bar of %s stands out from the card", (name) => {
    expect(contrast(theme[`emotion-${name}`], theme["surface"])).toBeGreaterThanOrEqual(3);
  });

  test("borders of inputs stand out from the card", () => {
    expect(contrast(theme["line-strong"], theme["surface"])).toBeGreaterThanOrEqual(3);
  });
});

test("track chips carry readable numbers, and neighbours differ", () => {
  for (let id = 1; id <= 16; id++) {
    expect(contrast(trackInk, trackColour(id))).toBeGreaterThanOrEqual(9);
    expect(trackColour(id)).not.toBe(trackColour(id + 1));
  }
});

function contrast(a: string | undefined, b: string | undefined): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

function luminance(hex: string | undefined): number {
  if (hex === undefined) throw new Error("Expected a colour in tokens.css");
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

test("canvases write in the font of the pages", () => {
  expect(/--font:\s*([^;]+);/.exec(css)?.[1]).toBe(systemFont);
});
