// OSC packets read by another author's library than the one that writes them.

import OSC from "osc-js";

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
  const bundle = new OSC.Bundle() as unknown as Decoded & { unpack(view: DataView): void };
  bundle.unpack(new DataView(packet.buffer, packet.byteOffset, packet.byteLength));
  return (bundle.bundleElements ?? []).map(({ address = "", types = "", args = [] }) => ({ address, types: types.replace(/^,/, ""), args }));
}
