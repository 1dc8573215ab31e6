// Functions that run inside the page (given to puppeteer's evaluate): each one stands alone, since only its own text is sent over.
/* oxlint-disable unicorn/consistent-function-scoping -- an outer scope does not exist in the page */

/**
 * Starts to note, at every drawing of a stream's canvas, what the canvas says and the bar code that stands on it. The observer runs as a
 * microtask of the task that drew, before anything else can draw.
 * @param {string} selector of the canvas
 * @param {{ bits: number, width: number, rowHeight: number, pictureWidth: number, pictureHeight: number }} layout of the bar code
 */
export function recordDrawings(selector, layout) {
  const canvas = document.querySelector(selector);
  if (!(canvas instanceof HTMLCanvasElement)) throw new Error(`no canvas at ${selector}`);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no 2d context");
  const page = /** @type {typeof window & { drawings: { seq: number, overlaySeq: number, faces: number, code: number }[], observer?: MutationObserver }} */ (window);
  page.observer?.disconnect();
  page.drawings = [];
  // Whole blocks and rows of the painted picture, scaled to the canvas.
  const blockShare = Math.floor((layout.pictureWidth * layout.width) / layout.bits) / layout.pictureWidth;
  const rowShare = Math.floor(layout.pictureHeight * layout.rowHeight) / layout.pictureHeight;

  const lightness = (/** @type {number} */ column, /** @type {number} */ row) => {
    const x = Math.round((column + 0.5) * blockShare * canvas.width);
    const y = Math.round((row + 0.5) * rowShare * canvas.height);
    const { data } = context.getImageData(x - 1, y - 1, 3, 3);
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) sum += (data[i] ?? 0) + (data[i + 1] ?? 0) + (data[i + 2] ?? 0);
    return sum / 27;
  };
  const read = () => {
    let value = 0;
    for (let column = 0; column < layout.bits; column++) {
      const upper = lightness(column, 0);
      const lower = lightness(column, 1);
      // A block and its inverse that look alike are no bar code: -1 never equals a seq.
      if (Math.abs(upper - lower) < 80) return -1;
      value = value * 2 + (upper > lower ? 1 : 0);
    }
    return value;
  };
  page.observer = new MutationObserver(() => {
    page.drawings.push({ seq: Number(canvas.dataset.seq), overlaySeq: Number(canvas.dataset.overlaySeq), faces: Number(canvas.dataset.faces), code: read() });
  });
  page.observer.observe(canvas, { attributes: true, attributeFilter: ["data-overlay-seq"] });
}

/** What `recordDrawings` noted so far. */
export function drawings() {
  return /** @type {typeof window & { drawings: { seq: number, overlaySeq: number, faces: number, code: number }[] }} */ (window).drawings;
}

/**
 * Makes decoding slow and lets it finish out of order, and counts bitmaps that are open. Runs before the page's own scripts.
 * @param {number} longestDelayMs
 */
export function slowDecoding(longestDelayMs) {
  const page = /** @type {typeof window & { bitmaps: { opened: number, closed: number, reordered: number } }} */ (window);
  page.bitmaps = { opened: 0, closed: 0, reordered: 0 };
  const decode = globalThis.createImageBitmap;
  const close = ImageBitmap.prototype.close;
  let asked = 0;
  let newestAnswer = 0;
  /** @type {(...args: Parameters<typeof createImageBitmap>) => Promise<ImageBitmap>} */
  const slow = async (...args) => {
    const number = ++asked;
    const bitmap = await decode(...args);
    // Every third one takes long: those that were asked for later overtake it.
    if (longestDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, number % 3 === 0 ? longestDelayMs : longestDelayMs / 8));
    if (number < newestAnswer) page.bitmaps.reordered++;
    newestAnswer = Math.max(newestAnswer, number);
    page.bitmaps.opened++;
    return bitmap;
  };
  globalThis.createImageBitmap = /** @type {typeof createImageBitmap} */ (slow);
  ImageBitmap.prototype.close = function closeCounted() {
    page.bitmaps.closed++;
    close.call(this);
  };
}

/** Counts of `slowDecoding`. */
export function bitmapCounts() {
  return /** @type {typeof window & { bitmaps: { opened: number, closed: number, reordered: number } }} */ (window).bitmaps;
}

/**
 * Whether an element's text holds a piece of text.
 * @param {string} selector
 * @param {string} text
 */
export function hasText(selector, text) {
  return document.querySelector(selector)?.textContent?.includes(text) ?? false;
}

/**
 * What the card of a stream shows: the seq of its picture and its rows of faces with the lengths of their bars, 0 to 1.
 * @param {string} streamId
 */
export function shownFaces(streamId) {
  const card = document.querySelector(`[data-stream="${streamId}"]`);
  const canvas = card?.querySelector("canvas.picture-canvas");
  const texts = (/** @type {Element} */ row, /** @type {string} */ selector) => [...row.querySelectorAll(selector)].map((e) => e.textContent ?? "");
  return {
    seq: canvas instanceof HTMLCanvasElement ? Number(canvas.dataset.seq) : -1,
    rows: [...(card?.querySelectorAll(".face:not(.gone)") ?? [])].map((row) => ({
      chip: texts(row, ".track-chip").join(),
      names: texts(row, "dt"),
      bars: [...row.querySelectorAll(".bar-fill")].map((bar) => (bar instanceof HTMLElement ? Number(bar.style.transform.match(/[\d.]+/)?.[0]) : 0)),
    })),
  };
}

/** How far the page can be scrolled sideways, in CSS pixels. */
export function sidewaysScroll() {
  const page = document.scrollingElement ?? document.documentElement;
  return page.scrollWidth - page.clientWidth;
}

/** Accessible name and tag of the element that has the keyboard, and whether its focus can be seen. */
export function focusedElement() {
  const element = document.activeElement;
  if (!(element instanceof HTMLElement)) return { name: "", tag: "", visible: false };
  const style = getComputedStyle(element);
  return {
    name: element.getAttribute("aria-label") ?? element.textContent?.trim() ?? "",
    tag: element.tagName.toLowerCase(),
    visible: style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) > 0,
  };
}

/**
 * Contrast of an element's text against the first opaque ground behind it (WCAG 2 formula).
 * @param {string} selector
 */
export function textContrast(selector) {
  const element = document.querySelector(selector);
  if (!element) throw new Error(`nothing at ${selector}`);
  const parse = (/** @type {string} */ colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (/** @type {number[]} */ rgb) => {
    const [r = 0, g = 0, b = 0] = rgb.slice(0, 3).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  /** @type {Element | null} */
  let behind = element;
  let ground = [255, 255, 255];
  for (; behind; behind = behind.parentElement) {
    const rgba = parse(getComputedStyle(behind).backgroundColor);
    if (rgba.length === 3 || rgba[3] === 1) {
      ground = rgba;
      break;
    }
  }
  const [light = 0, dark = 0] = [luminance(parse(getComputedStyle(element).color)), luminance(ground)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/**
 * What can be touched and is smaller than so many CSS pixels in one direction: its own box, or its label's where that is larger.
 * @param {number} least
 */
export function smallTargets(least) {
  const found = [...document.querySelectorAll("button, a[href], input, select, textarea, summary")].filter((element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }));
  return found.flatMap((element) => {
    const label = element instanceof HTMLInputElement && /checkbox|radio/.test(element.type) ? (element.closest("label, .check") ?? element.labels?.[0]) : undefined;
    const boxes = [element, label].filter((e) => e instanceof Element).map((e) => e.getBoundingClientRect());
    // The skip link stands off the page until it has the keyboard.
    if (boxes.every((box) => box.bottom < 0 && element.classList.contains("skip-link"))) return [];
    return boxes.some((box) => box.width >= least && box.height >= least) ? [] : [`${element.tagName} ${element.id || element.getAttribute("aria-label") || element.textContent} ${boxes.map((b) => `${Math.round(b.width)}x${Math.round(b.height)}`).join(" ")}`];
  });
}

/**
 * Number of pixels of a canvas that have about that colour.
 * @param {string} selector
 * @param {string} colour as `#rrggbb`
 */
export function colouredPixels(selector, colour) {
  const canvas = document.querySelector(selector);
  if (!(canvas instanceof HTMLCanvasElement)) return 0;
  const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if ((data[i + 3] ?? 0) > 200 && Math.abs((data[i] ?? 0) - r) + Math.abs((data[i + 1] ?? 0) - g) + Math.abs((data[i + 2] ?? 0) - b) < 12) count++;
  }
  return count;
}

/**
 * Drops a file on an element, or lets it hover there.
 * @param {string} selector
 * @param {string} name
 * @param {string} base64 content
 * @param {"dragenter" | "drop"} event
 */
export function dropFile(selector, name, base64, event) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name, { type: "video/mp4" }));
  document.querySelector(selector)?.dispatchEvent(new DragEvent(event, { bubbles: true, cancelable: true, dataTransfer }));
}
