// Building elements without innerHTML: text stays text, whatever a camera or a server calls itself.

/**
 * Makes an element. `class` and `text` are short for className and textContent; `true` sets an empty attribute, `false` and undefined none.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | undefined>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (name === "class") element.className = String(value);
    else if (name === "text") element.textContent = String(value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

/**
 * The element of that id in the page.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type expected class
 * @returns {T}
 * @throws Error when the page has none of that class
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`Expected ${type.name} with id ${id} in the page`);
  return element;
}

/**
 * Writes text only where it changed, so that nothing is laid out or announced anew for nothing.
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
