// Who is who: tracks of one person, merged and named. Pure; the server keeps only what was said, everybody else is one track without a name.

/** @import {AnalysisSummary, Subject} from "../../src/server/analysis-views.ts" */
/** @typedef {AnalysisSummary["tracks"][number]} Track */

/**
 * @typedef {object} Person
 * @property {string} key steady while the person keeps its tracks
 * @property {string | undefined} name
 * @property {readonly number[]} trackIds in order
 * @property {number} frames
 * @property {number} firstMs
 * @property {Track["label"]} label of the longest-seen track
 * @property {number} mean of that label
 */

/**
 * Everybody, longest-seen first.
 * @param {readonly Track[]} tracks
 * @param {readonly Subject[]} subjects
 * @returns {Person[]}
 */
export function peopleOf(tracks, subjects) {
  const byId = new Map(tracks.map((t) => [t.trackId, t]));
  const taken = new Set(subjects.flatMap((s) => s.trackIds));
  const named = subjects.flatMap((s) => personOf(s.name, s.trackIds.map((id) => byId.get(id)).filter((t) => t !== undefined)));
  const others = tracks.filter((t) => !taken.has(t.trackId)).flatMap((t) => personOf(undefined, [t]));
  return [...named, ...others].toSorted((a, b) => b.frames - a.frames || (a.trackIds[0] ?? 0) - (b.trackIds[0] ?? 0));
}

/**
 * @param {string | undefined} name
 * @param {readonly Track[]} tracks
 * @returns {Person[]} none where no track is known (more than the server tells of)
 */
function personOf(name, tracks) {
  const longest = tracks.toSorted((a, b) => b.frames - a.frames)[0];
  if (!longest) return [];
  const trackIds = tracks.map((t) => t.trackId).toSorted((a, b) => a - b);
  const frames = tracks.reduce((sum, t) => sum + t.frames, 0);
  return [{ key: trackIds.join("-"), name, trackIds, frames, firstMs: Math.min(...tracks.map((t) => t.firstMs)), label: longest.label, mean: longest.mean }];
}

/** What a person is called on screen. @param {Person} person */
export function personTitle({ name, trackIds }) {
  return name ?? `Face ${trackIds[0]}`;
}

/**
 * Makes several people one. The first name there is stays.
 * @param {readonly Subject[]} subjects
 * @param {readonly Person[]} people at least two
 * @returns {Subject[]}
 */
export function merge(subjects, people) {
  const trackIds = people.flatMap((p) => p.trackIds).toSorted((a, b) => a - b);
  const rest = without(subjects, trackIds);
  const name = people.map((p) => p.name).find((n) => n !== undefined) ?? freeName(rest);
  return [...rest, { name, trackIds }];
}

/**
 * Gives a person a name; an empty one takes it away, of somebody with several tracks another follows.
 * @param {readonly Subject[]} subjects
 * @param {Person} person
 * @param {string} name
 * @returns {Subject[] | undefined} undefined where somebody else has that name
 */
export function rename(subjects, person, name) {
  const wanted = name.trim();
  const rest = without(subjects, person.trackIds);
  if (rest.some((s) => s.name === wanted)) return undefined;
  if (wanted === "" && person.trackIds.length === 1) return rest;
  return [...rest, { name: wanted === "" ? freeName(rest) : wanted, trackIds: [...person.trackIds] }];
}

/**
 * Makes each track of a person somebody of its own again.
 * @param {readonly Subject[]} subjects
 * @param {Person} person
 * @returns {Subject[]}
 */
export function split(subjects, person) {
  return without(subjects, person.trackIds);
}

/** @param {readonly Subject[]} subjects @param {readonly number[]} trackIds */
function without(subjects, trackIds) {
  return subjects.filter((s) => !s.trackIds.some((id) => trackIds.includes(id)));
}

/** @param {readonly Subject[]} subjects */
function freeName(subjects) {
  let number = 1;
  while (subjects.some((s) => s.name === `Person ${number}`)) number += 1;
  return `Person ${number}`;
}
