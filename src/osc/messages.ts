// What OSC messages say of a frame. docs/apps.md lists them.

import { emotionNames } from "../core/emotions.js";
import type { Face, FrameMessage } from "../core/feed.js";

/** One argument with its OSC type: f 32-bit float, i 32-bit integer, s text. */
export type OscArgument = { readonly type: "f" | "i"; readonly value: number } | { readonly type: "s"; readonly value: string };

export interface OscMessage {
  readonly address: string;
  readonly args: readonly OscArgument[];
}

/** All that is sent of a frame; `slots` gives each face that has one its number. Faces without a slot only count. */
export function frameMessages({ streamId, width, height, faces }: FrameMessage, slots: ReadonlyMap<number, number>): OscMessage[] {
  const own = faces.flatMap((face) => {
    const slot = slots.get(face.trackId);
    return slot === undefined ? [] : faceMessages(`/emostream/${streamId}/${slot}`, face, width, height);
  });
  return [message(`/emostream/${streamId}/count`, i(faces.length)), ...own];
}

/** What is sent of a slot that became free: zeros, so that no patch holds on to the last face. */
export function emptyMessages(streamId: string, slot: number): OscMessage[] {
  const at = `/emostream/${streamId}/${slot}`;
  return [message(`${at}/present`, i(0)), ...emotionNames.map((name) => message(`${at}/${name}`, f(0))), message(`${at}/label`, s("")), message(`${at}/uncertain`, i(0))];
}

function faceMessages(at: string, { trackId, box, smoothed, label, uncertain }: Face, width: number, height: number): OscMessage[] {
  return [
    message(`${at}/present`, i(1)),
    ...emotionNames.map((name) => message(`${at}/${name}`, f(smoothed[name]))),
    message(`${at}/label`, s(label)),
    message(`${at}/uncertain`, i(uncertain ? 1 : 0)),
    message(`${at}/box`, f(box.x / width), f(box.y / height), f(box.width / width), f(box.height / height)),
    message(`${at}/track`, i(trackId)),
  ];
}

function message(address: string, ...args: readonly OscArgument[]): OscMessage {
  return { address, args };
}

function f(value: number): OscArgument {
  return { type: "f", value };
}

function i(value: number): OscArgument {
  return { type: "i", value };
}

function s(value: string): OscArgument {
  return { type: "s", value };
}
