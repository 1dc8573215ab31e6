// ELAN annotations, EAF 3.0 (https://www.mpi.nl/tools/elan/EAFv3.0.xsd): for each track a tier of when its face is seen, and for each
// of its emotions a tier of episodes, since episodes of two emotions may overlap and annotations of one tier may not.

import { emotionNames } from "../../core/emotions.js";
import { declarationText } from "../../core/privacy.js";
import { escapeXml } from "../xml.js";
import { EpisodeSpans } from "./episode-spans.js";
import { absenceMs, type ResultHead, type ResultWriter, type WriteText } from "./types.js";

interface Span {
  readonly value: string;
  readonly startMs: number;
  readonly endMs: number;
}

interface Tier {
  readonly id: string;
  readonly participant: string;
  readonly type: "presence" | "episodes";
  readonly spans: readonly Span[];
}

/** EAF demands a date, and results hold no clock: the same film gives the same bytes on every day. */
const noDate = "1970-01-01T00:00:00Z";

/** What ELAN calls the kinds of films; any other is `unknown`, and ELAN finds out. */
const mimeTypes: Readonly<Record<string, string>> = { mp4: "video/mp4", m4v: "video/mp4", mov: "video/quicktime", avi: "video/x-msvideo", mpg: "video/mpeg", mpeg: "video/mpeg" };

/** Writes an EAF document at the end: its times come before its tiers. */
export function createEafWriter(head: ResultHead, write: WriteText): ResultWriter {
  const seen = new Map<number, { startMs: number; endMs: number }[]>();
  const episodes = new EpisodeSpans();
  return {
    frame({ timeMs, faces }) {
      for (const { trackId } of faces) {
        const spans = seen.get(trackId) ?? [];
        const last = spans.at(-1);
        if (last !== undefined && timeMs - last.endMs <= absenceMs) last.endMs = timeMs;
        else spans.push({ startMs: timeMs, endMs: timeMs });
        seen.set(trackId, spans);
      }
      return Promise.resolve();
    },
    episode(record) {
      episodes.add(record);
      return Promise.resolve();
    },
    async finish() {
      const tiers = [...seen].toSorted(([a], [b]) => a - b).flatMap(([trackId, spans]) => tiersOf(trackId, spans, episodes));
      for (const part of document(head, tiers)) await write(`${part}\n`);
    },
  };
}

function tiersOf(trackId: number, seen: readonly { readonly startMs: number; readonly endMs: number }[], episodes: EpisodeSpans): Tier[] {
  const participant = `Face ${trackId}`;
  const own = episodes.spans.filter((span) => span.trackId === trackId);
  const emotions = emotionNames.map((emotion): Tier => ({
    id: `${participant} ${emotion}`,
    participant,
    type: "episodes",
    spans: own.filter((span) => span.emotion === emotion).map(({ startMs, endMs }) => ({ value: emotion, startMs, endMs })),
  }));
  return [{ id: participant, participant, type: "presence", spans: seen.map((span) => ({ ...span, value: "seen" })) }, ...emotions.filter(({ spans }) => spans.length > 0)];
}

function* document(head: ResultHead, tiers: readonly Tier[]): Generator<string> {
  const author = escapeXml(`emostream ${head.version}`);
  const file = escapeXml(`./${(head.mediaPath ?? head.source.name).split("/").map(encodeURIComponent).join("/")}`);
  const mimeType = mimeTypes[head.source.name.split(".").at(-1)?.toLowerCase() ?? ""] ?? "unknown";
  yield `<?xml version="1.0" encoding="UTF-8"?>`;
  yield `<ANNOTATION_DOCUMENT AUTHOR="${author}" DATE="${noDate}" FORMAT="3.0" VERSION="3.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">`;
  yield `<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">`;
  yield `<MEDIA_DESCRIPTOR MEDIA_URL="${file}" MIME_TYPE="${mimeType}" RELATIVE_MEDIA_URL="${file}"/>`;
  if (head.privacy !== undefined) yield `<PROPERTY NAME="emostream">${escapeXml(declarationText(head.privacy))}</PROPERTY>`;
  yield `</HEADER>`;
  // Annotations of independent tiers have two slots each; the slots stand in the order of their times.
  const annotations = tiers.flatMap(({ spans }) => spans).map((span, i) => ({ span, from: 2 * i, to: 2 * i + 1 }));
  const slots = annotations.flatMap(({ span, from, to }) => {
    const startMs = Math.max(0, Math.round(span.startMs));
    // One frame is no length, which ELAN does not take.
    return [{ slot: from, ms: startMs }, { slot: to, ms: Math.max(startMs + 1, Math.round(span.endMs)) }];
  });
  const names = new Map<number, string>();
  yield `<TIME_ORDER>`;
  for (const { slot, ms } of slots.toSorted((a, b) => a.ms - b.ms || a.slot - b.slot)) {
    names.set(slot, `ts${names.size + 1}`);
    yield `<TIME_SLOT TIME_SLOT_ID="${names.get(slot)}" TIME_VALUE="${ms}"/>`;
  }
  yield `</TIME_ORDER>`;
  let number = 0;
  for (const { id, participant, type, spans } of tiers) {
    yield `<TIER ANNOTATOR="emostream" LINGUISTIC_TYPE_REF="${type}" PARTICIPANT="${participant}" TIER_ID="${id}">`;
    for (const { value } of spans) {
      const { from, to } = annotations[number++]!;
      yield `<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a${number}" TIME_SLOT_REF1="${names.get(from)}" TIME_SLOT_REF2="${names.get(to)}"><ANNOTATION_VALUE>${value}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>`;
    }
    yield `</TIER>`;
  }
  for (const type of ["presence", "episodes"] satisfies Tier["type"][]) yield `<LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="${type}" TIME_ALIGNABLE="true"/>`;
  yield `</ANNOTATION_DOCUMENT>`;
}
