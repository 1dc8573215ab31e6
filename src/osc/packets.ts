// OSC 1.0 packets: bundles that fit into one datagram of an ordinary network. The only file that touches node-osc.

import { Bundle, encode, Message } from "node-osc";
import type { OscMessage } from "./messages.js";

/** Below the payload of a UDP datagram in a 1500-byte Ethernet frame: longer ones come in fragments, and one lost fragment loses all. */
const maxPacketBytes = 1400;
/** `#bundle` and the time tag; each message then has its length in 4 bytes. */
const bundleHeadBytes = 16;
const lengthBytes = 4;
/** Time tag of what counts at once. */
const immediately = 0;

/** Encodes messages into as few bundles as fit, in their order. */
export function packets(messages: readonly OscMessage[]): Buffer[] {
  const bundles: Message[][] = [];
  let room = 0;
  for (const { address, args } of messages) {
    const item = new Message(address, ...args);
    const bytes = encode(item).length + lengthBytes;
    if (bytes > room) {
      bundles.push([]);
      room = maxPacketBytes - bundleHeadBytes;
    }
    bundles.at(-1)!.push(item);
    room -= bytes;
  }
  return bundles.map((items) => encode(new Bundle(immediately, ...items)));
}
