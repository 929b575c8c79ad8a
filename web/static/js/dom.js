/* Builds page elements without markup strings, so that no text from data is ever read as HTML. */

const SVG = "http://www.w3.org/2000/svg";
const SPRITE = new URL("../icons/ui.svg", import.meta.url).href;

/**
 * An element with attributes, listeners (`onclick`) and children.
 * `class`, `hidden` and the like are attributes; false and null leave one out.
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** One of the interface's own line icons. */
export function uiIcon(name, { small = false } = {}) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", small ? "icon icon--small" : "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${SPRITE}#${name}`);
  svg.append(use);
  return svg;
}

export function iconButton(name, label, onclick, { small = true } = {}) {
  const size = small ? " button--small" : "";
  const button = el("button", { type: "button", class: `button button--icon${size}`, "aria-label": label, title: label, onclick });
  button.append(uiIcon(name, { small }));
  return button;
}

/** An empty or error state: icon, title, what to do, and optionally an action. */
export function stateBlock({ icon = "empty", title, detail = "", action = null, role = null }) {
  return el("div", { class: "state", role },
    uiIcon(icon),
    el("p", { class: "state__title" }, title),
    detail ? el("p", {}, detail) : null,
    action ? el("button", { type: "button", class: "button button--small", onclick: action.run }, action.label) : null);
}

export function skeleton(rows, kind = "row") {
  return Array.from({ length: rows }, (_, row) =>
    el("span", { class: `skeleton skeleton--${kind}${row % 3 === 2 ? " skeleton--short" : ""}`, "aria-hidden": "true" }));
}

/** Runs the last call only, `delay_ms` after the calls stop. */
export function debounce(run, delay_ms) {
  let timer = 0;
  return (...values) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(run, delay_ms, ...values);
  };
}

/** Says that the page's script listens now: what was pressed before under `data-starting` is pressed then (early_hands.js). */
export function listens() {
  document.querySelector("[data-starting]")?.removeAttribute("data-starting");
}
