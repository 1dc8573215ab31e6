// Why a WebSocket was refused: it does not tell, the same address over plain HTTP does.

/** A server's refusal. */
export interface Refusal {
  /** HTTP status. */
  readonly status: number;
  /** The server's error code, where it gave one. */
  readonly code: string | undefined;
  readonly message: string;
}

/** Asks at a WebSocket's address. Undefined: no answer, or none that this page may read. */
export async function askWhyRefused(address: URL): Promise<Refusal | undefined> {
  const url = new URL(address);
  url.protocol = url.protocol === "wss:" ? "https:" : "http:";
  const token = url.searchParams.get("token");
  url.searchParams.delete("token");
  try {
    const response = await fetch(url, token === null ? {} : { headers: { authorization: `Bearer ${token}` } });
    const { detail, code } = (await response.json()) as { detail?: string; code?: string };
    return { status: response.status, code, message: detail ?? `The server refused (${response.status}).` };
  } catch {
    return undefined;
  }
}
