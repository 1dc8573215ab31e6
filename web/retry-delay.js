// How long to wait before the next attempt to reach the server.

const minMs = 500;
const maxMs = 15_000;
const jitter = 0.3;

/**
 * Waiting time before an attempt: doubles from half a second to 15 s, with a random share taken off so that viewers do not return all at once.
 * @param {number} failures attempts in a row that failed, from 1
 * @param {number} random 0 to 1
 */
export function retryDelayMs(failures, random) {
  const full = Math.min(maxMs, minMs * 2 ** (failures - 1));
  return full * (1 - jitter * random);
}
