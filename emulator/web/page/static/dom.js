// Elements, built not parsed: text is always text.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element: `h("button.primary", {onclick, ariaLabel: "Close"}, "Close")`. Children that are null, undefined
 *  or false are left out; arrays are flattened; all else becomes text. */
export function h(tag, attributes, ...children) {
  return built(document.createElement(name(tag)), tag, attributes, children);
}

/** Make an SVG element the same way. */
export function svg(tag, attributes, ...children) {
  return built(document.createElementNS(SVG, name(tag)), tag, attributes, children);
}

function name(tag) {
  return /^[^.#]+/.exec(tag)[0];
}

function built(element, tag, attributes, children) {
  const classes = [...tag.matchAll(/\.([\w-]+)/g)].map((match) => match[1]);
  if (classes.length) element.setAttribute("class", classes.join(" "));
  const id = /#([\w-]+)/.exec(tag);
  if (id) element.id = id[1];
  if (isChild(attributes)) children = [attributes, ...children];
  else for (const [key, value] of Object.entries(attributes ?? {})) set(element, key, value);
  append(element, children);
  return element;
}

function isChild(value) {
  return typeof value !== "object" ? value !== undefined : value instanceof Node || Array.isArray(value);
}

function set(element, key, value) {
  if (value === null || value === undefined || value === false) return;
  if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
  else if (key === "class") element.classList.add(...String(value).split(" ").filter(Boolean));
  else if (key === "data") Object.assign(element.dataset, value);
  else if (key === "style") for (const [property, to] of Object.entries(value)) element.style.setProperty(property, to);
  else if (key === "value" || key === "checked" || key === "selected" || key === "indeterminate") element[key] = value;
  else element.setAttribute(attribute(key, element), value === true ? "" : value);
}

function attribute(key, element) {
  if (/^aria[A-Z]/.test(key)) return `aria-${key.slice(4).toLowerCase()}`;
  return key;
}

function append(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(element, child);
    else element.append(child instanceof Node ? child : String(child));
  }
}

/** Replace all that is in an element; the focus stays on the control with the same id or `data-key`. */
export function fill(element, ...children) {
  const focused = element.contains(document.activeElement) ? keyOf(document.activeElement) : null;
  element.replaceChildren();
  append(element, children);
  if (focused) element.querySelector(focused)?.focus({ preventScroll: true });
  return element;
}

function keyOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  return element.dataset.key ? `[data-key="${CSS.escape(element.dataset.key)}"]` : null;
}

/** The first element that matches, in the whole document or in one element. */
export const $ = (selector, within = document) => within.querySelector(selector);
