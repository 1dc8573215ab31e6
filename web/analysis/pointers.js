// Clicks, drags and pinches of mouse, pen and fingers on one element.

/** A pointer that moved less is a click. CSS pixels. */
const clickSlack = 5;

/**
 * @param {HTMLElement} element
 * @param {{ onClick: (x: number) => void, onDrag: (dx: number, x: number) => void, onPinch: (factor: number, x: number) => void }} handlers x from the element's left edge
 */
export function watchPointers(element, { onClick, onDrag, onPinch }) {
  /** @type {Map<number, { startX: number, x: number, moved: boolean }>} */
  const pointers = new Map();
  const xIn = (/** @type {PointerEvent} */ event) => event.clientX - element.getBoundingClientRect().left;
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    const x = xIn(event);
    pointers.set(event.pointerId, { startX: x, x, moved: pointers.size > 0 });
  });
  element.addEventListener("pointermove", (event) => {
    const pointer = pointers.get(event.pointerId);
    if (!pointer) return;
    const x = xIn(event);
    const before = pointer.x;
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (!other && !pointer.moved && Math.abs(x - pointer.startX) < clickSlack) return;
    pointer.moved = true;
    pointer.x = x;
    if (!other) onDrag(x - before, x);
    else if (Math.abs(before - other.x) > 8) onPinch(Math.abs(x - other.x) / Math.abs(before - other.x), (x + other.x) / 2);
  });
  element.addEventListener("pointerup", (event) => {
    const pointer = pointers.get(event.pointerId);
    pointers.delete(event.pointerId);
    if (pointer?.moved === false) onClick(xIn(event));
  });
  element.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));
}
