// ELAN annotations: the document's structure as EAF 3.0 demands it, and what Python's pympi reads out of it where it is installed.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseConfig } from "../../../src/core/config.js";
import { createEafWriter } from "../../../src/offline/formats/eaf.js";
import type { EpisodeRecord, FrameRecord, ResultHead } from "../../../src/offline/formats/types.js";
import { pythonHas, pythonJson } from "../../support/python.js";
import { face } from "./fakes.js";

const head: ResultHead = { version: "1.2.3", source: { name: `Tom & "Ann" <1>.mp4` }, engine: { name: "fake", version: "9", models: [] }, settings: parseConfig({}).analysis };

function frame(seq: number, timeMs: number, tracks: readonly number[]): FrameRecord {
  return { seq, epoch: 0, ptsMs: timeMs, timeMs, width: 64, height: 48, faces: tracks.map((id) => face(id, "happiness")) };
}

async function document(): Promise<string> {
  let text = "";
  const writer = createEafWriter(head, (more) => {
    text += more;
    return Promise.resolve();
  });
  const event = (of: Partial<EpisodeRecord>): Promise<void> => writer.episode!({ event: "onset", episodeId: 1, trackId: 1, emotion: "happiness", seq: 0, epoch: 0, ptsMs: 0, raw: 0.9, smoothed: 0.6, sinceOnsetMs: 0, timeMs: 0, ...of });
  for (const [seq, timeMs] of [0, 400, 800, 1200.4].entries()) await writer.frame(frame(seq, timeMs, seq === 3 ? [2, 1] : [1]));
  await event({ timeMs: 399.6 });
  await event({ episodeId: 2, emotion: "surprise", timeMs: 0 });
  await event({ episodeId: 1, event: "peak", timeMs: 800 });
  await event({ episodeId: 1, event: "offset", timeMs: 1200.4 });
  await event({ episodeId: 2, event: "peak", emotion: "surprise", timeMs: 0 });
  await event({ episodeId: 2, event: "offset", emotion: "surprise", timeMs: 800 });
  await event({ episodeId: 3, timeMs: 2000 });
  await event({ episodeId: 3, event: "peak", timeMs: 2000 });
  await event({ episodeId: 3, event: "offset", timeMs: 2400 });
  for (const [i, timeMs] of [2000, 2400].entries()) await writer.frame(frame(4 + i, timeMs, [1]));
  await writer.finish();
  return text;
}

/** Tiers with their annotations as `[start, end, value]`. */
const annotations = {
  "Face 1": [[0, 1200, "seen"], [2000, 2400, "seen"]],
  "Face 1 happiness": [[400, 1200, "happiness"], [2000, 2400, "happiness"]],
  "Face 1 surprise": [[0, 800, "surprise"]],
  "Face 2": [[1200, 1201, "seen"]],
};

it("has the elements of EAF 3.0 in its order, slots in the order of time, and no reference to nothing", async () => {
  const elements = [...(await document()).matchAll(/<([A-Z_]+)((?: [\w:]+="[^"]*")*)\/?>([^<]*)/g)].map(([, name, attributes, text]) => ({ name: name!, text: text!.trim(), ...Object.fromEntries([...attributes!.matchAll(/ ([\w:]+)="([^"]*)"/g)].map((m) => [m[1]!, m[2]!])) }) as Record<string, string>);
  const named = (name: string) => elements.filter((e) => e["name"] === name);
  const order = ["ANNOTATION_DOCUMENT", "HEADER", "MEDIA_DESCRIPTOR", "TIME_ORDER", "TIME_SLOT", "TIER", "LINGUISTIC_TYPE"];
  const top = elements.map((e) => order.indexOf(e["name"]!)).filter((i) => i >= 0);
  expect(top).toEqual(top.toSorted((a, b) => a - b));
  expect(named("ANNOTATION_DOCUMENT")).toMatchObject([{ AUTHOR: "emostream 1.2.3", DATE: "1970-01-01T00:00:00Z", FORMAT: "3.0", VERSION: "3.0" }]);
  expect(named("MEDIA_DESCRIPTOR")).toMatchObject([{ MEDIA_URL: "./Tom%20%26%20%22Ann%22%20%3C1%3E.mp4", MIME_TYPE: "video/mp4" }]);
  const slots = new Map(named("TIME_SLOT").map((e) => [e["TIME_SLOT_ID"]!, Number(e["TIME_VALUE"])]));
  expect([...slots.values()]).toEqual([0, 0, 400, 800, 1200, 1200, 1200, 1201, 2000, 2000, 2400, 2400]);
  const types = new Set(named("LINGUISTIC_TYPE").map((e) => e["LINGUISTIC_TYPE_ID"]));
  const found: Record<string, unknown[]> = {};
  let tier = "";
  let span: unknown[] = [];
  for (const e of elements) {
    if (e["name"] === "TIER") {
      expect(types).toContain(e["LINGUISTIC_TYPE_REF"]);
      found[(tier = e["TIER_ID"]!)] = [];
      expect(tier.startsWith(e["PARTICIPANT"]!)).toBe(true);
    }
    if (e["name"] === "ALIGNABLE_ANNOTATION") span = [slots.get(e["TIME_SLOT_REF1"]!), slots.get(e["TIME_SLOT_REF2"]!)];
    if (e["name"] === "ANNOTATION_VALUE") found[tier]!.push([...span, e["text"]]);
  }
  expect(found).toEqual(annotations);
  const ids = elements.flatMap((e) => [e["ANNOTATION_ID"], e["TIME_SLOT_ID"]]).filter((id) => id !== undefined);
  expect(new Set(ids).size).toBe(ids.length);
});

it.skipIf(!pythonHas("pympi"))("is read by pympi (skipped where Python has no pympi-ling; EMOSTREAM_PYTHON names one that has)", async () => {
  const dir = await mkdtemp(join(tmpdir(), "emostream-eaf-"));
  try {
    const path = join(dir, "clip.eaf");
    await writeFile(path, await document());
    const script = "import json, sys, pympi; e = pympi.Elan.Eaf(sys.argv[1]); print(json.dumps({t: sorted(e.get_annotation_data_for_tier(t)) for t in e.get_tier_names()}))";
    expect(await pythonJson(script, path)).toEqual(annotations);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
