// IP addresses as bytes, and which of them are whose. Ranges: IANA's special-purpose address registries,
// https://www.iana.org/assignments/iana-ipv4-special-registry and .../iana-ipv6-special-registry.

import { isIPv4, isIPv6 } from "node:net";

/**
 * `private`: this machine, this house, this company. `forbidden`: link-local (where clouds answer with their machines' credentials),
 * other places of the same kind, multicast and reserved addresses: no camera needs them. `public`: the rest.
 */
export type AddressScope = "public" | "private" | "forbidden";

const forbidden = [
  "169.254.0.0/16", "fe80::/10", // link-local; metadata of AWS, Azure, Google, DigitalOcean, ...
  "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::/32", "fd20:ce::254/128", // metadata of Alibaba, Azure, Oracle, AWS, Google
  "224.0.0.0/4", "240.0.0.0/4", "ff00::/8",
].map(range);

const privately = [
  "0.0.0.0/8", "127.0.0.0/8", "::/128", "::1/128", // this machine
  "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10",
  "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", // behind a carrier's NAT, protocol assignments, test beds
].map(range);

/** Addresses that carry an IPv4 address from this byte on: mapped, compatible, NAT64, 6to4. */
const carriers = [
  { ...range("::ffff:0:0/96"), at: 12 },
  { ...range("::/96"), at: 12 },
  { ...range("64:ff9b::/96"), at: 12 },
  { ...range("2002::/16"), at: 2 },
];

/** The bytes of an address, 4 or 16; undefined for a text that is none. A zone (`%eth0`) is left out. */
export function addressBytes(text: string): Uint8Array | undefined {
  const bare = text.replace(/%.*$/, "");
  if (isIPv4(bare)) return Uint8Array.from(bare.split("."), Number);
  if (!isIPv6(bare)) return undefined;
  // The URL parser writes the last two groups as hexadecimal where they were dotted.
  const [head = "", tail] = new URL(`http://[${bare}]`).hostname.slice(1, -1).split("::");
  const left = groups(head);
  const right = groups(tail ?? "");
  const middle = Array<number>(16 - left.length - right.length).fill(0);
  return Uint8Array.from([...left, ...middle, ...right]);
}

/** Whose an address is. An IPv6 address that carries an IPv4 one counts as that. */
export function addressScope(bytes: Uint8Array): AddressScope {
  if (forbidden.some((r) => isIn(bytes, r))) return "forbidden";
  if (privately.some((r) => isIn(bytes, r))) return "private";
  const carrier = bytes.length === 16 ? carriers.find((r) => isIn(bytes, r)) : undefined;
  return carrier === undefined ? "public" : addressScope(bytes.subarray(carrier.at, carrier.at + 4));
}

/** One spelling for each address: IPv4 dotted, also where it came mapped; IPv6 as 32 hexadecimal digits. What is no address stays as it is. */
export function canonicalAddress(text: string): string {
  const bytes = addressBytes(text);
  if (bytes === undefined || bytes.length === 4) return text;
  return isIn(bytes, carriers[0]!) ? bytes.subarray(12).join(".") : Buffer.from(bytes).toString("hex");
}

/** Who counts as one client: an IPv4 address, or the /64 that one IPv6 customer has for itself. */
export function clientKey(address: string): string {
  return canonicalAddress(address).replace(/^([0-9a-f]{16})[0-9a-f]{16}$/, "$1");
}

interface Range {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

function range(text: string): Range {
  const [address = "", bits] = text.split("/");
  return { bytes: addressBytes(address) ?? new Uint8Array(), bits: Number(bits) };
}

function isIn(bytes: Uint8Array, { bytes: start, bits }: Range): boolean {
  if (bytes.length !== start.length) return false;
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = bits - bit >= 8 ? 0xff : 0xff << (8 - (bits - bit));
    if (((bytes[bit / 8]! ^ start[bit / 8]!) & mask & 0xff) !== 0) return false;
  }
  return true;
}

function groups(text: string): number[] {
  return text === "" ? [] : text.split(":").flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]);
}
