// The overlay's address: every parameter, its default, and what does not fit.

import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { problemText, readParams } from "../../../web/overlay/params.js";

const read = (query: string) => readParams(new URLSearchParams(query));

test("defaults, and every parameter set", () => {
  const defaults = { stream: undefined, show: new Set(["box", "label", "bars"]), color: "track", font: undefined, size: 1, mirror: false, smooth: 80, fade: 250, fit: "contain" };
  expect(read("")).toEqual({ params: defaults, problems: [] });
  expect(read("stream=lobby&show=points,box&color=f80&font=DejaVu Sans&size=2.5&mirror=1&smooth=0&fade=5000&fit=cover")).toEqual({
    params: { stream: "lobby", show: new Set(["points", "box"]), color: "#f80", font: "DejaVu Sans", size: 2.5, mirror: true, smooth: 0, fade: 5000, fit: "cover" },
    problems: [],
  });
  expect(read("color=%23FF8800").params.color).toBe("#FF8800");
});

test.each([
  "stream=A%20B", "stream=", "show=box,nose", "show=", "color=red", "color=%23ff88", "font=a%22;b", "size=0", "size=4.1", "size=", "size=NaN", "mirror=yes", "mirror=constructor", "smooth=-1", "fade=5001", "fit=fill", "colour=red", "__proto__=1",
])("%s is named, and the default used", (query) => {
  const { params, problems } = read(query);
  expect(params).toEqual(read("").params);
  expect(problems).toHaveLength(1);
  expect(problemText(problems[0]!)).toMatch(/^\w+: expected .+, received "/);
});

test("a token is no parameter, and is repeated nowhere", () => {
  expect(read("token=secret")).toEqual(read(""));
});

test("docs/apps.md lists exactly these parameters", async () => {
  const text = await readFile(new URL("../../../docs/apps.md", import.meta.url), "utf8");
  expect([...text.matchAll(/^\| `([a-z]+)=/gm)].map((m) => m[1]).toSorted()).toEqual(Object.keys(read("").params).toSorted());
});
