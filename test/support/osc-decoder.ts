// OSC packets read by another author's library than the one that writes them.

import { createRequire } from "node:module";

// Its types describe another module format than the one that Node loads.
const { Bundle } = createRequire(import.meta.url)("osc-js") as { readonly Bundle: new () => Decoded & { unpack(view: DataView): void } };

interface Decoded {
  readonly address?: string;
  readonly types?: string;
  readonly args?: readonly unknown[];
  readonly bundleElements?: readonly Decoded[];
}

export interface ReadMessage {
  readonly address: string;
  /** Type tags without the comma. */
  readonly types: string;
  readonly args: readonly unknown[];
}

/** The messages of one packet, which must be a bundle that counts at once. */
export function readPacket(packet: Uint8Array): ReadMessage[] {
  if (Buffer.from(packet.subarray(0, 8)).toString("latin1") !== "#bundle\0") throw new Error("expected a bundle");
  if (Buffer.from(packet.subarray(8, 16)).readBigUInt64BE() !== 1n) throw new Error("expected the time tag of now");
  const bundle = new Bundle();
  bundle.unpack(new DataView(packet.buffer, packet.byteOffset, packet.byteLength));
  return (bundle.bundleElements ?? []).map(({ address = "", types = "", args = [] }) => ({ address, types: types.replace(/^,/, ""), args }));
}
