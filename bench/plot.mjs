// Points with their fitted line as SVG, panels side by side. Colours are of middle brightness, on nothing: they read on white and on black.

const [panelWidth, panelHeight] = [260, 200];
const margin = { left: 46, right: 10, top: 26, bottom: 40 };
const [ink, dot] = ["#808890", "#3b82c4"];

/**
 * Draws panels `{title, x, y, points: [[x, y]], fit: {slope, intercept}}`; `x` and `y` name the axes. Both axes begin at 0.
 * @returns {string} an SVG document
 */
export function plot(panels) {
  const width = panels.length * panelWidth;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${panelHeight}" width="${width}" height="${panelHeight}" font-family="sans-serif" font-size="10" fill="${ink}">
${panels.map((panel, k) => `<g transform="translate(${k * panelWidth} 0)">\n${drawPanel(panel)}\n</g>`).join("\n")}
</svg>
`;
}

function drawPanel({ title, x, y, points, fit }) {
  const right = niceEnd(Math.max(...points.map(([v]) => v)));
  const top = niceEnd(Math.max(...points.map(([, v]) => v)));
  const [w, h] = [panelWidth - margin.left - margin.right, panelHeight - margin.top - margin.bottom];
  const px = (v) => (margin.left + (w * v) / right).toFixed(1);
  const py = (v) => (margin.top + h * (1 - v / top)).toFixed(1);
  const ticks = [0, 0.5, 1];
  return [
    `<text x="${margin.left}" y="14" font-weight="bold">${title}</text>`,
    ...ticks.map((t) => `<path d="M${px(0)} ${py(t * top)}H${px(right)}" stroke="${ink}" stroke-opacity=".3"/><text x="${margin.left - 5}" y="${py(t * top)}" dy="3" text-anchor="end">${short(t * top)}</text>`),
    ...ticks.map((t) => `<text x="${px(t * right)}" y="${panelHeight - margin.bottom + 14}" text-anchor="middle">${short(t * right)}</text>`),
    `<text x="${margin.left + w / 2}" y="${panelHeight - 8}" text-anchor="middle">${x}</text>`,
    `<text transform="translate(10 ${margin.top + h / 2}) rotate(-90)" text-anchor="middle">${y}</text>`,
    `<path d="M${px(0)} ${py(Math.max(0, fit.intercept))}L${px(right)} ${py(Math.min(top, fit.intercept + fit.slope * right))}" stroke="${dot}" stroke-opacity=".6" fill="none"/>`,
    ...points.map(([a, b]) => `<circle cx="${px(a)}" cy="${py(b)}" r="3" fill="${dot}"/>`),
  ].join("\n");
}

/** The next of 1, 2, 2.5, 4, 5, 8 times a power of ten. */
function niceEnd(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 2.5, 4, 5, 8, 10].find((n) => n * power >= value) ?? 10);
}

function short(value) {
  return String(Number(value.toPrecision(3)));
}
