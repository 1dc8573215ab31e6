// What this browser remembers of a person's choices. Storage can be forbidden (private mode, policy): a choice then lasts for the visit.

/**
 * @param {string} key
 * @returns {string | undefined}
 */
export function readStored(key) {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined; // Forbidden, as above.
  }
}

/**
 * @param {string} key
 * @param {string} value
 */
export function store(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Forbidden, as above.
  }
}
