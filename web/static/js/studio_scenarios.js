/* Scenarios of the coverage studio: saved, opened, compared, shared by a link and exported. */

import { requestJson } from "./api.js";
import { confirmDialog, openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { formatDate, t } from "./i18n.js";
import { comparison } from "./studio_answer.js";
import { showProblem, showToast } from "./toast.js";

const PATH = "/api/studio/coverage/scenarios";
const MOST_COMPARED = 4;
const LOOK_EVERY_MS = 700;
const find = (id) => document.getElementById(id);

export class StudioScenarios {
  /** `question()` gives what is asked now, `onopen(question)` takes a saved one over. */
  constructor({ session, question, onopen }) {
    Object.assign(this, { question, onopen });
    this.current = null;
    this.chosen = new Set();
    this.mayWrite = session.user.can_write;
    find("save").disabled = !this.mayWrite;
    find("save").addEventListener("click", () => void this.#save());
    find("save-as").addEventListener("click", () => void this.#save({ isNew: true }));
    find("compare").addEventListener("click", () => void this.#compare());
    find("export").addEventListener("click", () => void this.#export());
    window.addEventListener("hashchange", () => void this.#openHash());
  }

  /** Opens what the address names; true when it names something. */
  async start() {
    void this.#list();
    return this.#openHash();
  }

  async #openHash() {
    const [, kind, value] = /^#(shared|scenario)=(.+)$/.exec(window.location.hash) ?? [];
    if (!kind) {
      return false;
    }
    if (kind === "scenario" && value === this.current?.id) {
      return true;
    }
    try {
      const row = await requestJson(kind === "shared" ? `/api/studio/coverage/shared/${encodeURIComponent(value)}` : `${PATH}/${encodeURIComponent(value)}`);
      this.#take(kind === "scenario" ? row : null, row.name);
      if (kind === "shared") {
        showToast({ title: t("studio.shared.opened", { name: row.name, who: row.username }), detail: t("studio.shared.detail") });
      }
      await this.onopen(row.question);
      return true;
    } catch (error) {
      showProblem(error);
      return false;
    }
  }

  #take(row, name) {
    this.current = row;
    find("name").value = name;
    find("save-as").hidden = row === null || !this.mayWrite;
    find("version").textContent = row === null ? "" : t("studio.version", { n: row.version, who: row.changed_by });
  }

  async #save({ isNew = false } = {}) {
    const isChange = this.current !== null && !isNew;
    const body = { ...this.question(), name: find("name").value, ...(isChange ? { version: this.current.version } : {}) };
    find("refusal").hidden = true;
    try {
      const row = await requestJson(isChange ? `${PATH}/${this.current.id}` : PATH, { method: isChange ? "PUT" : "POST", body });
      this.#take(row, row.name);
      window.history.replaceState(null, "", `#scenario=${row.id}`);
      showToast({ title: t("studio.saved", { name: row.name }) });
      void this.#list();
    } catch (error) {
      find("refusal").textContent = [error.title, error.detail].filter(Boolean).join(" ");
      find("refusal").hidden = false;
    }
  }

  async #list() {
    const place = find("scenarios");
    try {
      const { scenarios } = await requestJson(PATH);
      find("compare").hidden = scenarios.length < 2;
      place.replaceChildren(scenarios.length === 0 ? el("p", { class: "muted" }, t("studio.scenarios.empty")) : el("ul", { class: "studio__scenarios" }, ...scenarios.map((row) => this.#row(row))));
      this.#suit();
    } catch (error) {
      place.replaceChildren(el("p", { class: "form-error", role: "alert" }, error.title));
    }
  }

  #row(row) {
    const small = (words, run, label) => el("button", { type: "button", class: "link-button", "aria-label": `${label ?? words} ${row.name}`, onclick: run }, words);
    const choose = (event) => { this.chosen[event.target.checked ? "add" : "delete"](row.id); this.#suit(); };
    return el("li", {},
      el("label", { class: "studio__tick" }, el("input", { type: "checkbox", "aria-label": t("studio.compare.choose", { name: row.name }), checked: this.chosen.has(row.id), onchange: choose })),
      el("a", { href: `#scenario=${row.id}` }, row.name), el("span", { class: "muted figure" }, `${row.changed_by} · ${formatDate(row.changed_at)}`),
      this.mayWrite ? el("span", { class: "studio__scenario-tools" }, small(t("studio.share"), () => void this.#share(row)), row.is_shared ? small(t("studio.unshare"), () => void this.#unshare(row)) : null,
        small(t("studio.remove"), () => void this.#remove(row))) : null);
  }

  #suit() {
    find("compare").disabled = this.chosen.size < 2 || this.chosen.size > MOST_COMPARED;
  }

  async #share(row) {
    try {
      const { link } = await requestJson(`${PATH}/${row.id}/share`, { method: "POST" });
      const field = el("input", { class: "input", readonly: true, value: new URL(link, window.location.origin).href, "aria-label": t("studio.share") });
      openDialog({ title: t("studio.share.title", { name: row.name }), body: [el("p", {}, t("studio.share.detail")), field] });
      field.select();
      void this.#list();
    } catch (error) {
      showProblem(error);
    }
  }

  async #unshare(row) {
    try {
      await requestJson(`${PATH}/${row.id}/share`, { method: "DELETE" });
      showToast({ title: t("studio.unshared", { name: row.name }) });
      void this.#list();
    } catch (error) {
      showProblem(error);
    }
  }

  async #remove(row) {
    if (!(await confirmDialog({ title: t("studio.remove.title", { name: row.name }), detail: t("studio.remove.detail"), action: t("studio.remove") }))) {
      return;
    }
    try {
      await requestJson(`${PATH}/${row.id}`, { method: "DELETE" });
      this.chosen.delete(row.id);
      if (this.current?.id === row.id) {
        this.#take(null, "");
        window.history.replaceState(null, "", window.location.pathname);
      }
      void this.#list();
    } catch (error) {
      showProblem(error);
    }
  }

  async #compare() {
    try {
      const found = await requestJson(`/api/studio/coverage/compare?ids=${[...this.chosen].join(",")}`);
      openDialog({ title: t("studio.compare"), body: [comparison(found)] }).classList.add("studio__comparison");
    } catch (error) {
      showProblem(error);
    }
  }

  async #export() {
    const format = find("format").value;
    const asked = this.question();
    const name = find("name").value.trim();
    const body = { ...asked, scenario: name, within: [...new Set([10, 15, 30, Number(asked.standard_min)])].join(","), closed: this.#collection(asked.closed) };
    try {
      if (format === "html") {
        await this.#download(body, name);
        return;
      }
      const job = await requestJson(`/api/coverage?format=${format}`, { method: "POST", body });
      showToast({ title: t("studio.export.started") });
      await this.#fetchResult(job);
    } catch (error) {
      showProblem(error);
    }
  }

  #collection(closed) {
    return closed.length === 0 ? null : { type: "FeatureCollection", features: closed.map((geometry) => ({ type: "Feature", properties: {}, geometry })) };
  }

  async #fetchResult(job) {
    for (;;) {
      const now = await requestJson(job.status_url);
      if (now.state === "done") {
        window.location.assign(`${job.status_url}/result`);
        return;
      }
      if (now.state === "failed" || now.state === "cancelled") {
        showToast({ title: t("studio.export.failed"), detail: now.message, kind: "error" });
        return;
      }
      await new Promise((resolve) => { window.setTimeout(resolve, LOOK_EVERY_MS); });
    }
  }

  async #download(body, name) {
    const { request } = await import("./api.js");
    const response = await request("/api/coverage?format=html", { method: "POST", body, accept: "text/html" });
    const address = URL.createObjectURL(await response.blob());
    const link = el("a", { href: address, download: `${name || t("studio.export.unnamed")}.html` });
    document.body.append(link);
    link.click();
    link.remove();
    URL.revokeObjectURL(address);
  }
}
