/* Entry of the page of warnings: the list with its questions, the map, processing several at once, the daily digest. */

import "./words/warnings.js";
import { isAbort, query, requestJson } from "./api.js";
import { showPager } from "./company.js";
import { openDialog } from "./dialog.js";
import { debounce, el, iconButton, listens, skeleton, stateBlock } from "./dom.js";
import { formatNumber, t } from "./i18n.js";
import { currentTheme, startSessionMenu } from "./session_menu.js";
import { showProblem, showToast } from "./toast.js";
import { WarningsMap } from "./warnings_map.js";

const LEVELS = ["1", "2", "3", "4"];
const find = (id) => document.getElementById(id);

class WarningsPage {
  constructor(session) {
    this.session = session;
    this.form = find("question");
    this.canWrite = find("content").dataset.canWrite === "yes";
    this.chosen = new Set();
    this.page = 1;
    const asked = new URLSearchParams(window.location.search);
    this.form.elements.state.value = ["open", "processed", "all"].includes(asked.get("state")) ? asked.get("state") : "open";
    this.form.elements.q.value = asked.get("q") ?? "";
    this.level = asked.get("level") ?? "";
    this.kind = asked.get("kind") ?? "";
    this.division = asked.get("division") ?? "";
    const restart = () => { this.level = this.form.elements.level.value; this.kind = this.form.elements.kind.value; this.division = this.form.elements.division.value; this.page = 1; this.chosen.clear(); void this.load(); };
    this.form.addEventListener("change", restart);
    this.form.elements.q.addEventListener("input", debounce(restart, 250));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    find("process")?.addEventListener("click", () => this.#ask());
  }

  get asked() {
    return { state: this.form.elements.state.value, level: this.level, kind: this.kind, division: this.division, q: this.form.elements.q.value.trim() };
  }

  /** The parts of the user's own division, and the one asked for where it is another. */
  async offerDivisions() {
    const { user, city } = this.session;
    const { children } = await requestJson(`/api/divisions/${user.division_code ?? city.code}`);
    const place = this.form.elements.division;
    const offered = children.map(({ code, name }) => ({ code, name }));
    if (this.division && !offered.some(({ code }) => code === this.division)) {
      offered.push({ code: this.division, name: (await requestJson(`/api/divisions/${encodeURIComponent(this.division)}`).catch(() => ({ name: this.division }))).name });
    }
    place.append(...offered.map(({ code, name }) => el("option", { value: code, selected: code === this.division }, name)));
    place.closest(".field").hidden = offered.length === 0;
  }

  async load() {
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    const asked = query(this.asked);
    window.history.replaceState(null, "", `?${asked}`);
    const excel = find("excel");
    if (excel) {
      excel.href = `/api/warnings?${asked}&format=xlsx`;
    }
    if (!this.body) {
      find("rows").replaceChildren(...skeleton(8, "row"));
    }
    try {
      const [body, places] = await Promise.all([
        requestJson(`/api/warnings?${query({ ...this.asked, page: this.page })}`, { signal }), requestJson(`/api/warnings/places?${asked}`, { signal })]);
      this.body = body;
      this.places = places;
      this.#draw();
    } catch (error) {
      if (!isAbort(error)) {
        const retry = { label: t("action.retry"), run: () => this.load() };
        find("rows").replaceChildren(stateBlock({ icon: "warning", title: error.title ?? String(error), detail: error.detail ?? "", action: retry, role: "alert" }));
      }
    }
  }

  get total() {
    const { open, processed } = this.body.counts;
    return { open, processed, all: open + processed }[this.form.elements.state.value];
  }

  #draw() {
    const { body } = this;
    const { level, kind } = this.form.elements;
    const option = (value, label, n, chosen) => el("option", { value, selected: value === chosen }, n === null ? label : `${label}（${formatNumber(n)}）`);
    level.replaceChildren(option("", t("warnings.any"), null, this.level), ...LEVELS.map((one) => option(one, t(`warning.level.${one}`), body.levels[one] ?? 0, this.level)));
    kind.replaceChildren(option("", t("warnings.any"), null, this.kind), ...body.kinds.map((one) => option(one.kind, one.label, one.n, this.kind)));
    find("count").textContent = t("warnings.count", { n: formatNumber(this.total) });
    this.#drawRows();
    showPager(find("pager"), { total: this.total, page: this.page, page_size: body.page_size }, (page) => { this.page = page; void this.load(); });
    this.map?.show(this.places);
    this.#tellChosen();
  }

  #drawRows() {
    const { rows } = this.body;
    if (rows.length === 0) {
      const isPlain = this.form.elements.state.value === "open" && !this.level && !this.kind && !this.form.elements.q.value.trim();
      find("rows").replaceChildren(stateBlock({ icon: "check", title: t(isPlain ? "warnings.none.open" : "warnings.none"), detail: isPlain ? t("warning.none.detail") : "" }));
      return;
    }
    const all = el("input", { type: "checkbox", "aria-label": t("warnings.choose.all"), onchange: () => this.#chooseAll(all.checked) });
    const open = rows.filter((row) => !row.processed_at);
    find("rows").replaceChildren(el("table", { class: "table" },
      el("thead", {}, el("tr", {}, this.canWrite ? el("th", { scope: "col" }, open.length > 0 ? el("label", { class: "tick" }, all) : "") : null,
        ...["level", "title", "place", "raised", "handled"].map((name) => el("th", { scope: "col" }, t(`warnings.${name}`))))),
      el("tbody", {}, rows.map((row) => this.#row(row)))));
  }

  #row(row) {
    const tick = el("input", { type: "checkbox", checked: this.chosen.has(row.id), "aria-label": `${t("warnings.choose")} ${row.title}`, onchange: (event) => { this.chosen[event.target.checked ? "add" : "delete"](row.id); this.#tellChosen(); } });
    const isPlaced = this.places.features.some(({ properties }) => properties.id === row.id);
    const see = isPlaced ? iconButton("place", t("warnings.see"), () => this.#see(row.id)) : "";
    return el("tr", { "data-warning": row.id },
      this.canWrite ? el("td", {}, row.processed_at ? "" : el("label", { class: "tick" }, tick)) : null,
      el("td", {}, el("span", { class: "badge", "data-grade": row.level }, t(`warning.level.${row.level}`))),
      el("td", {}, el("a", { href: row.page ?? `/map#f=${encodeURIComponent(row.layer)}:${row.row_id}`, title: t(row.page ? "warnings.open" : "warnings.see") }, row.title), el("p", { class: "muted warnings__kind" }, row.kind_label)),
      el("td", {}, row.division_name, see),
      el("td", { class: "figure" }, row.raised_at),
      el("td", {}, row.processed_at ? [el("p", { class: "muted warnings__kind" }, t("warning.processed_by", { who: row.processed_by ?? "", at: row.processed_at })), row.note ?? ""] : el("span", { class: "muted" }, t("warning.open"))));
  }

  #chooseAll(isChosen) {
    for (const row of this.body.rows.filter((one) => !one.processed_at)) {
      this.chosen[isChosen ? "add" : "delete"](row.id);
    }
    for (const box of find("rows").querySelectorAll("tbody input[type=checkbox]")) {
      box.checked = isChosen;
    }
    this.#tellChosen();
  }

  #tellChosen() {
    const button = find("process");
    const all = find("rows").querySelector("thead input");
    if (all) {
      all.checked = this.body.rows.every((row) => row.processed_at || this.chosen.has(row.id));
    }
    if (button) {
      button.disabled = this.chosen.size === 0;
    }
  }

  #see(id) {
    if (this.map?.choose(id)) {
      find("stage").scrollIntoView({ block: "nearest" });
    }
  }

  /** Goes to the row of a warning that was clicked on the map; to its place on the map page when it stands on another page. */
  #open(id) {
    const row = find("rows").querySelector(`[data-warning="${id}"] a`);
    if (row) {
      row.scrollIntoView({ block: "center" });
      row.focus();
    } else {
      const found = this.places.features.find((feature) => feature.properties.id === id).properties;
      window.location.assign(`/map#f=${encodeURIComponent(found.layer)}:${found.row_id}`);
    }
  }

  #ask() {
    const note = el("textarea", { class: "input", rows: 3, maxlength: 500, required: true, "aria-label": t("warnings.process.note") });
    const fault = el("p", { class: "field__error", role: "alert", hidden: true });
    const send = async (event) => {
      event.preventDefault();
      try {
        const done = await requestJson("/api/warnings/process", { method: "POST", body: { ids: [...this.chosen], note: note.value.trim() } });
        dialog.close();
        showToast({ title: t("warnings.done", { n: formatNumber(done.processed.length) }), detail: done.not_open.length > 0 ? t("warnings.done.others", { n: formatNumber(done.not_open.length) }) : "" });
        this.chosen.clear();
        await this.load();
      } catch (error) {
        fault.textContent = error.body?.faults?.map(({ detail }) => detail).join(" ") || error.detail || error.title;
        fault.hidden = false;
      }
    };
    const form = el("form", { class: "form", onsubmit: send }, el("label", { class: "field" }, el("span", { class: "field__label" }, t("warnings.process.note")), note), fault,
      el("div", { class: "button-row" }, el("button", { type: "submit", class: "button button--primary" }, t("warnings.process.do"))));
    const dialog = openDialog({ title: t("warnings.process", { n: formatNumber(this.chosen.size) }), body: [form] });
    note.focus();
  }

  async startMap() {
    try {
      this.map = await WarningsMap.create(find("map"), { theme: currentTheme(), bbox: this.session.city.bbox, onopen: (id) => this.#open(id) });
      this.map.onready = () => { find("map-loading").hidden = true; };
      document.addEventListener("onemap:theme", (event) => this.map.view.setTheme(event.detail));
      if (this.places) {
        this.map.show(this.places);
      }
    } catch (error) {
      console.warn(error);
      find("map-loading").textContent = t("error.webgl");
    }
  }
}

/** The form of the daily digest. */
class DigestForm {
  constructor(form) {
    this.form = form;
    form.addEventListener("submit", (event) => { event.preventDefault(); void this.#keep({ phone: form.elements.phone.value, at_hour: form.elements.at_hour.value }); });
    find("digest-stop").addEventListener("click", () => void this.#keep({ phone: null }));
  }

  async load() {
    const found = await requestJson("/api/warnings/digest");
    this.#show(found);
    find("digest-now").textContent = found.message ? t("warnings.digest.now", { message: found.message }) : t("warnings.digest.none");
  }

  #show({ phone, at_hour: hour }) {
    this.form.elements.phone.value = phone ?? "";
    this.form.elements.at_hour.value = String(hour ?? 8);
    find("digest-stop").hidden = phone === null;
  }

  async #keep(values) {
    const fault = find("digest-error");
    fault.hidden = true;
    try {
      this.#show(await requestJson("/api/warnings/digest", { method: "PUT", body: values }));
      showToast({ title: t(values.phone === null ? "warnings.digest.stopped" : "warnings.digest.kept") });
    } catch (error) {
      fault.textContent = error.body?.faults?.map(({ detail }) => detail).join(" ") || error.detail || error.title;
      fault.hidden = false;
    }
  }
}

startSessionMenu();
try {
  const page = new WarningsPage(await requestJson("/api/session"));
  await page.offerDivisions();
  listens();
  await Promise.all([page.load(), page.startMap(), new DigestForm(find("digest")).load()]);
} catch (error) {
  listens();
  showProblem(error);
}
