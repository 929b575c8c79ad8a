/* What the maintenance company's screens share: tables, pages, choosing rows, forms that say what is wrong. */

import "./words/company.js";
import { el, iconButton, skeleton, stateBlock } from "./dom.js";
import { formatNumber, lang, t } from "./i18n.js";
import { startSessionMenu } from "./session_menu.js";
import { showProblem } from "./toast.js";

const instants = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : "zh-CN", {
  year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZone: "Asia/Shanghai"
});

export const find = (id) => document.getElementById(id);
export const instant = (iso) => (iso ? instants.format(new Date(iso)) : "—");
export const here = (path) => path.split("/").map(encodeURIComponent).join("/");

/** Starts a screen: the top bar, then `run`, whose failure is shown with a way to try again. */
export async function start(run) {
  startSessionMenu();
  try {
    await run();
  } catch (error) {
    if (error.status === 404) {
      const main = document.getElementById("content");
      const [nav, head] = main.children;
      main.replaceChildren(nav, head, stateBlock({ icon: "warning", title: error.title, detail: error.detail, role: "alert" }));
      return;
    }
    showProblem(error, () => void start(run));
  }
}

/** Offers in a select what stands, where the list does not hold it. */
export function offer(select, value, label) {
  if (value !== null && value !== undefined && ![...select.options].some((option) => option.value === String(value))) {
    select.append(el("option", { value }, label ?? String(value)));
  }
}

/** Fills a container with a table; `columns` give {label, cell(row), number}. */
export function showTable(container, { columns, rows, caption, empty = t("company.none"), emptyDetail = t("company.none.detail") }) {
  container.removeAttribute("aria-busy");
  if (rows.length === 0) {
    container.replaceChildren(stateBlock({ title: empty, detail: emptyDetail }));
    return;
  }
  container.replaceChildren(el("table", { class: "table" },
    el("caption", { class: "visually-hidden" }, caption),
    el("thead", {}, el("tr", {}, columns.map((column) => el("th", { scope: "col", class: column.number ? "is-number" : null }, column.head ?? column.label)))),
    el("tbody", {}, rows.map((row) => el("tr", { "data-key": row.code ?? row.id ?? row.key ?? null },
      columns.map((column) => el("td", { class: column.number ? "is-number" : null }, column.cell(row) ?? "—")))))));
}

export function showLoading(container) {
  container.setAttribute("aria-busy", "true");
  if (container.childElementCount === 0) {
    container.replaceChildren(...skeleton(5));
  }
}

/** Previous, place, next. */
export function showPager(container, { total, page, page_size: size }, go) {
  const pages = Math.max(1, Math.ceil(total / size));
  const previous = iconButton("chevron-left", t("list.previous"), () => go(page - 1));
  const next = iconButton("chevron-right", t("list.next"), () => go(page + 1));
  previous.disabled = page <= 1;
  next.disabled = page >= pages;
  container.replaceChildren(previous, el("span", { class: "muted" }, t("list.page", { page: formatNumber(page), pages: formatNumber(pages) })), next);
}

/** Rows that are ticked, kept over the pages of one search. */
export class Choice {
  constructor(status) {
    this.status = status;
    this.codes = new Set();
  }

  clear() {
    this.codes.clear();
    this.#tell();
  }

  #tell() {
    this.status.textContent = t("company.chosen", { n: formatNumber(this.codes.size) });
  }

  /** The column of boxes; the one in its head ticks the whole page. */
  column(rows) {
    const boxes = [];
    const all = el("input", { type: "checkbox", "aria-label": t("company.all_of_page"), onchange: () => {
      for (const [box, code] of boxes) {
        box.checked = all.checked;
        this.#set(code, all.checked);
      }
    } });
    all.checked = rows.length > 0 && rows.every((row) => this.codes.has(row.code));
    this.#tell();
    return {
      label: "", head: el("label", { class: "tick" }, all),
      cell: (row) => {
        const box = el("input", { type: "checkbox", "aria-label": t("company.choose_one", { code: row.code }),
          onchange: () => { this.#set(row.code, box.checked); all.checked = boxes.every(([one]) => one.checked); } });
        box.checked = this.codes.has(row.code);
        boxes.push([box, row.code]);
        return el("label", { class: "tick" }, box);
      }
    };
  }

  #set(code, isChosen) {
    if (isChosen) {
      this.codes.add(code);
    } else {
      this.codes.delete(code);
    }
    this.#tell();
  }
}

/** The named values of a form: texts trimmed, boxes as true or false. */
export function valuesOf(form) {
  const found = {};
  for (const field of form.elements) {
    if (field.name && field.type !== "radio") {
      found[field.name] = field.type === "checkbox" ? field.checked : field.value.trim();
    }
  }
  return found;
}

export function fillForm(form, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements[name];
    if (field instanceof HTMLElement && field.type === "checkbox") {
      field.checked = value === true;
    } else if (field instanceof HTMLElement) {
      field.value = value ?? "";
    }
  }
}

/** Sends a form; what is wrong stands in the form's own line until it is sent again. */
export function onSubmit(form, send) {
  const line = form.querySelector(".form-error");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    line.hidden = true;
    try {
      await send(valuesOf(form));
    } catch (error) {
      if (error.title === undefined) {
        throw error;
      }
      line.textContent = error.detail || error.title;
      line.hidden = false;
      line.scrollIntoView({ block: "nearest" });
    } finally {
      button.disabled = false;
    }
  });
}

/** Runs an act of a button; a failure is shown. */
export async function attempt(act) {
  try {
    return await act();
  } catch (error) {
    showProblem(error);
    return null;
  }
}

/** Tabs that change what one panel shows. */
export function startKinds(list, onchange) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];
  const choose = (chosen) => {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
    }
    find("panel").setAttribute("aria-labelledby", chosen.id);
  };
  for (const [at, tab] of tabs.entries()) {
    tab.addEventListener("click", () => { choose(tab); onchange(tab); });
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) {
        const next = tabs[(at + step + tabs.length) % tabs.length];
        next.focus();
        next.click();
      }
    });
  }
  choose(tabs.find((tab) => tab.getAttribute("aria-selected") === "true"));
  return { choose };
}

/** The marks of what a record lacks. */
export const problemBadges = (problems) => problems.map((one) => el("span", { class: "badge badge--bad" }, one.title));
