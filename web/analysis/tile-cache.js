// Pieces of a long film, fetched when they are looked at and forgotten when others are. Few requests at a time, the newest wish first.

/**
 * @template T
 * @typedef {{ state: "waiting" | "loading" | "failed" } | { state: "there", value: T }} Tile
 */

/** A cache of tiles by key. @template T */
export class TileCache {
  /** Oldest use first. @type {Map<string, Tile<T>>} */
  #tiles = new Map();
  /** @type {Map<string, () => Promise<T>>} */
  #wishes = new Map();
  /** @type {number} */
  #mostTiles;
  #onLoaded;
  #loading = 0;
  #mostLoading = 2;

  /**
   * @param {number} mostTiles
   * @param {() => void} onLoaded
   */
  constructor(mostTiles, onLoaded) {
    this.#mostTiles = mostTiles;
    this.#onLoaded = onLoaded;
  }

  /** The tile where it is there; counts as used. @param {string} key @returns {T | undefined} */
  peek(key) {
    const tile = this.#tiles.get(key);
    if (tile?.state !== "there") return undefined;
    this.#tiles.delete(key);
    this.#tiles.set(key, tile);
    return tile.value;
  }

  /**
   * Says which tiles are wanted now, most wanted first; wishes of before that have not begun are dropped. One that failed is not tried again.
   * @param {readonly { key: string, load: () => Promise<T> }[]} wanted
   */
  want(wanted) {
    this.#wishes = new Map(wanted.filter(({ key }) => !this.#tiles.has(key)).map(({ key, load }) => [key, load]));
    this.#pump();
  }

  /** Forgets everything. */
  clear() {
    this.#tiles.clear();
    this.#wishes.clear();
  }

  #pump() {
    while (this.#loading < this.#mostLoading) {
      const [next] = this.#wishes;
      if (!next) return;
      const [key, load] = next;
      this.#wishes.delete(key);
      void this.#load(key, load);
    }
  }

  /** @param {string} key @param {() => Promise<T>} load */
  async #load(key, load) {
    this.#loading += 1;
    this.#tiles.set(key, { state: "loading" });
    try {
      this.#tiles.set(key, { state: "there", value: await load() });
    } catch {
      // The server is away or the analysis is gone: the page's list says so. Asked again after a clear.
      this.#tiles.set(key, { state: "failed" });
    }
    for (const old of [...this.#tiles.keys()].slice(0, Math.max(0, this.#tiles.size - this.#mostTiles))) this.#tiles.delete(old);
    this.#loading -= 1;
    this.#onLoaded();
    this.#pump();
  }
}
