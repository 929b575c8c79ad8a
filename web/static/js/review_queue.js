/* What the two queues of a reviewer share: states as tabs, search, pages; `showRows` draws one state's rows. */

import { query, requestJson } from "./api.js";
import { el, iconButton, skeleton } from "./dom.js";
import { formatNumber, lang, t } from "./i18n.js";
import { startSessionMenu } from "./session_menu.js";
import { showProblem } from "./toast.js";

const DAY_S = 86_400;
const HOUR_S = 3600;
const PAUSE_MS = 250;
const find = (id) => document.getElementById(id);
const dates = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : "zh-CN", { dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Shanghai" });

export const day = (iso) => dates.format(new Date(iso));

export function waits(seconds) {
  return seconds >= DAY_S ? t("review.days", { n: formatNumber(Math.floor(seconds / DAY_S)) }) : t("review.hours", { n: formatNumber(Math.floor(seconds / HOUR_S)) });
}

/** Fills the table of a queue; `columns` are [head, cell(row)]. */
export function queueTable(caption, columns, rows) {
  return el("table", { class: "table" },
    el("caption", { class: "visually-hidden" }, caption),
    el("thead", {}, el("tr", {}, columns.map(([label]) => el("th", { scope: "col" }, label)))),
    el("tbody", {}, rows.map((row) => el("tr", { "data-key": row.id }, columns.map(([, cell]) => el("td", {}, cell(row)))))));
}

/** Starts a queue of `path`, at first in the state `first`. */
export function startQueue({ path, first, showRows }) {
  const given = new URLSearchParams(window.location.search);
  const shown = { state: given.get("state") ?? first, q: given.get("q") ?? "", page: Number(given.get("page")) || 1 };
  let asked = 0;
  let typing = 0;

  function showStates(states) {
    find("states").replaceChildren(...states.map((one) => el("button", { type: "button", class: "tab", role: "tab", id: `state-${one.id}`, "aria-controls": "table",
      "aria-selected": String(one.id === shown.state), onclick: () => { shown.state = one.id; shown.page = 1; void load(); } }, `${one.title} ${formatNumber(one.count)}`)));
  }

  function showPager(total, size) {
    const pages = Math.max(1, Math.ceil(total / size));
    const go = (page) => { shown.page = page; void load(); };
    const previous = iconButton("chevron-left", t("list.previous"), () => go(shown.page - 1));
    const next = iconButton("chevron-right", t("list.next"), () => go(shown.page + 1));
    previous.disabled = shown.page <= 1;
    next.disabled = shown.page >= pages;
    find("pager").hidden = pages === 1;
    find("pager").replaceChildren(previous, el("span", { class: "muted" }, t("list.page", { page: formatNumber(shown.page), pages: formatNumber(pages) })), next);
  }

  async function load() {
    const mine = ++asked;
    try {
      const found = await requestJson(`${path}?${query(shown)}`);
      if (mine !== asked) {
        return; // something else was typed meanwhile
      }
      window.history.replaceState(null, "", `?${query({ ...shown, page: shown.page > 1 ? shown.page : "", lang: given.get("lang") })}`);
      showStates(found.states);
      find("table").removeAttribute("aria-busy");
      find("table").replaceChildren(showRows(found.rows, shown));
      showPager(found.states.find((one) => one.id === shown.state)?.count ?? 0, found.page_size);
    } catch (error) {
      showProblem(error, () => void load());
    }
  }

  find("seek").addEventListener("input", ({ target }) => {
    window.clearTimeout(typing);
    typing = window.setTimeout(() => { shown.q = target.value.trim(); shown.page = 1; void load(); }, PAUSE_MS);
  });
  startSessionMenu();
  find("seek").value = shown.q;
  find("table").replaceChildren(...skeleton(5));
  void load();
}
