// Which hosts a source may be on. An address is asked for twice: as it is written, before anything happens, and as its name resolves, before each opening.

import { lookup } from "node:dns/promises";
import { addressBytes, addressScope } from "../core/ip-address.js";
import { AppError } from "../core/errors.js";
import { redactUrl } from "./redact.js";

export interface SourcePolicy {
  /** Whether sources on this machine and in private networks are opened, where cameras mostly are. */
  readonly privateSources: boolean;
}

/** All addresses of a name, as the system's resolver gives them. Rejects where there are none. */
export type ResolveHost = (host: string) => Promise<readonly string[]>;

/**
 * The host of an address, spelled canonically: `2852039166`, `0xa9.0xfe.43518` and `0251.0376.0251.0376` are all 169.254.169.254, as they
 * are to the resolver that FFmpeg asks. Undefined where browsers and FFmpeg would not see the same host in it.
 */
export function hostOf(url: string): string | undefined {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]+)/i.exec(url)?.[1];
  if (authority === undefined || url.includes("\\")) return undefined;
  const spelled = `http://${authority}`;
  return URL.canParse(spelled) ? new URL(spelled).hostname.replace(/^\[|\]$/g, "") : undefined;
}

/** Judges an address by its text. Names pass. @throws AppError `source_not_allowed`, `invalid_request` */
export function checkWritten(url: string, policy: SourcePolicy): void {
  const host = hostOf(url);
  if (host === undefined) throw new AppError("invalid_request", `Expected an address such as rtsp://host/path for source, received ${redactUrl(url)}.`);
  if (addressBytes(host) !== undefined) checkAddress(host, host, policy);
}

/**
 * The addresses that a name leads to now; every one must be allowed.
 * @throws AppError `source_not_allowed`, `not_found` for a name that nobody knows
 */
export async function checkedAddresses(url: string, policy: SourcePolicy, resolveHost: ResolveHost = systemResolver): Promise<readonly string[]> {
  checkWritten(url, policy);
  const host = hostOf(url) ?? "";
  if (addressBytes(host) !== undefined) return [host];
  const addresses = await resolveHost(host).catch((cause: unknown) => {
    throw new AppError("not_found", `${redactUrl(url)} names a host that is not known.`, { cause });
  });
  for (const address of addresses) checkAddress(address, host, policy);
  return addresses;
}

const systemResolver: ResolveHost = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

function checkAddress(address: string, host: string, { privateSources }: SourcePolicy): void {
  const bytes = addressBytes(address);
  const scope = bytes === undefined ? "forbidden" : addressScope(bytes);
  const where = host === address ? address : `${host} (${address})`;
  if (scope === "forbidden") throw new AppError("source_not_allowed", `Expected the address of a camera or server, received ${where}, which is link-local, a cloud's metadata service, multicast or reserved; such addresses are never opened.`);
  if (scope === "private" && !privateSources) throw new AppError("source_not_allowed", `Expected a source on the public internet, received ${where} on this machine or in a private network; ingest.privateSources: true allows it.`);
}
