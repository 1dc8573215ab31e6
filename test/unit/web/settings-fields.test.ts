// The settings form against the schema that the server checks settings with.

import { expect, test } from "vitest";
import { z } from "zod";
import { analysisSchema } from "../../../src/core/config.js";
import { patchedOverride, streamPatchSchema, analysisPatchSchema } from "../../../src/server/stream-patch.js";
import { patchOf, settingGroups, settingLabels, textOfValue, valueAt, valueOfText } from "../../../web/settings-fields.js";

const schema = z.toJSONSchema(analysisPatchSchema, { io: "input" }) as Record<string, unknown>;
const fields = settingGroups(schema).flatMap((group) => group.fields);
const defaults = analysisSchema.parse({}) as Record<string, unknown>;

/** Paths of all settings, as the configuration itself has them. */
function leaves(node: Record<string, unknown>, prefix = ""): string[] {
  const properties = Object.entries((node["properties"] ?? {}) as Record<string, Record<string, unknown>>);
  return properties.flatMap(([key, inner]) => (inner["properties"] === undefined ? [prefix + key] : leaves(inner, `${prefix}${key}.`)));
}

test("every setting has a field with the schema's own description and a label of ours, and no label is left over", () => {
  const settings = leaves(z.toJSONSchema(analysisSchema, { io: "input" }) as Record<string, unknown>);
  expect(fields.map((f) => f.path).toSorted()).toEqual(settings.toSorted());
  for (const { path, description } of fields) expect([path, description]).toEqual([path, expect.stringMatching(/^\S.{8,}/)]);
  const objects = [...new Set(settings.filter((p) => p.includes(".")).map((p) => p.split(".")[0]!))];
  expect(Object.keys(settingLabels).toSorted()).toEqual(["", ...objects, ...settings].toSorted());
});

test("what a field shows of a setting it gives back as it was", () => {
  const all = analysisSchema.parse({ maxFps: 12.5, minFaceSize: 40, uncertainBelow: 0.4, regions: [{ x: 0, y: 0.1, width: 0.5, height: 0.9 }, { x: 0.5, y: 0, width: 0.5, height: 1 }] }) as Record<string, unknown>;
  for (const field of fields) expect([field.path, valueOfText(field, textOfValue(field, valueAt(all, field.path)))]).toEqual([field.path, valueAt(all, field.path)]);
  for (const field of fields.filter((f) => valueAt(defaults, f.path) === undefined)) expect(textOfValue(field, undefined)).toBe("");
});

test("only what was changed is sent, and the server's schema takes it", () => {
  const now: Record<string, string> = { maxFps: "10", "blur.enabled": "true", "episodes.onsetAt": "", regions: "0 0 0.5 1\n0.5, 0, 0.5, 1", detection: "tracked" };
  const patch = patchOf(fields.map((field) => ({ field, before: textOfValue(field, valueAt(defaults, field.path)), now: now[field.path] ?? textOfValue(field, valueAt(defaults, field.path)) })));
  expect(patch).toEqual({
    maxFps: 10,
    detection: "tracked",
    blur: { enabled: true },
    episodes: { onsetAt: null },
    regions: [{ x: 0, y: 0, width: 0.5, height: 1 }, { x: 0.5, y: 0, width: 0.5, height: 1 }],
  });
  const parsed = streamPatchSchema.parse({ analysis: patch });
  expect(patchedOverride({ episodes: { onsetAt: 0.9 } }, parsed.analysis)).toEqual({ maxFps: 10, detection: "tracked", blur: { enabled: true }, regions: patch["regions"] });
});

test("what is no number goes to the server, whose words then stand at the field", () => {
  const field = fields.find((f) => f.path === "regions")!;
  expect(valueOfText(field, "0 0 half")).toEqual([{ x: 0, y: 0, width: "half", height: "" }]);
  const parsed = streamPatchSchema.safeParse({ analysis: { regions: valueOfText(field, "0 0 half") } });
  expect(parsed.error?.issues[0]?.path.slice(0, 2)).toEqual(["analysis", "regions"]);
});

test("a setting of a newer server is in the form by itself; one of a kind that no field knows is left out", () => {
  const newer = { type: "object", properties: { lensCap: { anyOf: [{ type: "boolean", description: "Whether it is on." }, { type: "null" }] }, riddle: { type: "string" } } };
  expect(settingGroups(newer)).toEqual([{ key: "", label: "Faces", fields: [{ path: "lensCap", kind: "boolean", label: "Lens cap", description: "Whether it is on.", min: undefined, max: undefined }] }]);
});
