// Small line plots as SVG.

const [width, height] = [720, 300];
const [left, right, top, bottom] = [56, 180, 34, 40];
const ticks = 6;

export interface Line {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly dashed?: boolean;
}

export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly lines: readonly Line[];
  /** Of the y axis; from the points where absent. */
  readonly range?: readonly [number, number];
}

/** One plot, with axes and a legend. */
export function linePlot({ title, x, lines, range }: Plot): string {
  const all = lines.flatMap((l) => l.points).filter(([a, b]) => Number.isFinite(a) && Number.isFinite(b));
  const [x0, x1] = span(all.map((p) => p[0]));
  const [y0, y1] = range ?? span(all.map((p) => p[1]));
  const px = (v: number) => left + ((v - x0) / (x1 - x0)) * (width - left - right);
  const py = (v: number) => height - bottom - ((v - y0) / (y1 - y0)) * (height - top - bottom);
  const parts = [`<rect width="${width}" height="${height}" fill="#fff"/>`, label(left, 20, title, "start", 14)];
  for (const v of niceTicks(y0, y1)) {
    parts.push(`<line x1="${left}" x2="${width - right}" y1="${py(v).toFixed(1)}" y2="${py(v).toFixed(1)}" stroke="#ddd"/>`, label(left - 6, py(v) + 4, short(v), "end"));
  }
  for (const v of niceTicks(x0, x1)) parts.push(label(px(v), height - bottom + 16, short(v), "middle"));
  parts.push(label((left + width - right) / 2, height - 6, x, "middle"));
  for (const [i, line] of lines.entries()) {
    const path = line.points.map(([a, b]) => `${px(a).toFixed(1)},${py(Math.min(y1, Math.max(y0, b))).toFixed(1)}`).join(" ");
    const y = top + 14 + i * 18;
    const dash = line.dashed === true ? ' stroke-dasharray="5 4"' : "";
    parts.push(`<polyline points="${path}" fill="none" stroke="${line.colour}" stroke-width="2"${dash}/>`);
    parts.push(`<line x1="${width - right + 10}" x2="${width - right + 28}" y1="${y - 4}" y2="${y - 4}" stroke="${line.colour}" stroke-width="2"${dash}/>`, label(width - right + 33, y, line.name, "start", 11));
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${parts.join("")}</svg>`;
}

/** Plots below each other in one picture. */
export function stack(plots: readonly string[]): string {
  const inner = plots.map((p, i) => `<g transform="translate(0 ${i * height})">${p}</g>`).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height * plots.length}">${inner}</svg>`;
}

function span(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (!Number.isFinite(low)) return [0, 1];
  return high > low ? [low, high] : [low, low + 1];
}

/** Round values from `low` to `high`, about six of them. */
export function niceTicks(low: number, high: number): number[] {
  const rough = (high - low) / ticks;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= rough * 0.999) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}

function short(value: number): string {
  return String(Number(value.toFixed(3)));
}

function label(x: number, y: number, text: string, anchor: "start" | "middle" | "end", size = 12): string {
  const safe = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-family="sans-serif" font-size="${size}" fill="#333" text-anchor="${anchor}">${safe}</text>`;
}
