/* Exports a layer: layer, format and scope; large ones run as a job that can be cancelled. */

import { query, request, requestJson } from "./api.js";
import { openDialog } from "./dialog.js";
import { el, stateBlock } from "./dom.js";
import { t } from "./i18n.js";
import { showProblem, showToast } from "./toast.js";

const POLL_MS = 1000;

function fileNameOf(response, fallback) {
  const header = response.headers.get("Content-Disposition") ?? "";
  const extended = /filename\*=UTF-8''([^;]+)/i.exec(header);
  if (extended) {
    return decodeURIComponent(extended[1]);
  }
  return /filename="?([^";]+)"?/i.exec(header)?.[1] ?? fallback;
}

/** Saves the file of an answer under the name the server gives it; tells the name. */
export async function saveFile(response, fallback) {
  const address = URL.createObjectURL(await response.blob());
  const name = fileNameOf(response, fallback);
  el("a", { href: address, download: name }).click();
  window.setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return name;
}

function radios(name, choices, chosen) {
  return choices.map(([value, label]) => el("label", { class: "choice" },
    el("input", { type: "radio", name, value, checked: value === chosen }), label));
}

class ExportDialog {
  constructor({ layers, layerId, bbox, division }) {
    Object.assign(this, { layers, bbox, division });
    this.isClosed = false;
    this.layer = el("select", { class: "select", onchange: () => this.#showFormats() },
      [...layers.values()].filter((layer) => layer.export_formats.length > 0)
        .map((layer) => el("option", { value: layer.id, selected: layer.id === layerId }, layer.title)));
    this.formats = el("div", { class: "choice-list-plain" });
    this.form = el("form", { class: "form", onsubmit: (event) => { event.preventDefault(); void this.#start(); } },
      el("label", { class: "field" }, el("span", { class: "field__label" }, t("export.layer")), this.layer),
      el("fieldset", { class: "field" }, el("legend", {}, t("export.format")), this.formats),
      el("fieldset", { class: "field" }, el("legend", {}, t("export.scope")), radios("scope", [
        ["view", t("export.scope.view")],
        ["division", t("export.scope.division", { name: division.name })],
        ["all", t("export.scope.all")]
      ], "view")));
    this.work = el("div", { class: "form", role: "status", hidden: true });
    this.submit = el("button", { type: "button", class: "button button--primary", onclick: () => this.#start() }, t("export.start"));
    this.stop = el("button", { type: "button", class: "button", onclick: () => this.dialog.close() }, t("action.cancel"));
    this.#showFormats();
    this.dialog = openDialog({ title: t("export.title"), body: [this.form, this.work], foot: [this.stop, this.submit], onclose: () => { this.isClosed = true; } });
  }

  #showFormats() {
    const formats = this.layers.get(this.layer.value)?.export_formats ?? [];
    this.formats.replaceChildren(...radios("format", formats.map((format) => [format, t(`format.${format}`)]), formats[0]));
  }

  async #start() {
    const values = new FormData(this.form);
    const format = values.get("format");
    const scope = {
      view: { bbox: this.bbox.map((value) => value.toFixed(6)).join(",") },
      division: { division: this.division.code },
      all: {}
    }[values.get("scope")];
    this.#busy(t("export.working"));
    try {
      const path = `/api/export/${encodeURIComponent(this.layer.value)}?${query({ format, ...scope })}`;
      const response = await request(path, { accept: "*/*" });
      if (response.status === 202) {
        await this.#follow(await response.json());
      } else {
        const name = await saveFile(response, `${this.layer.value}.${format}`);
        this.dialog.close();
        showToast({ title: t("export.ready"), detail: name });
      }
    } catch (error) {
      this.#idle();
      showProblem(error, this.isClosed ? null : () => this.#start());
    }
  }

  #busy(message) {
    this.form.hidden = true;
    this.submit.hidden = true;
    this.work.hidden = false;
    this.message = el("p", {}, message);
    this.progress = el("progress", { class: "progress", max: "1", "aria-label": message });
    this.work.replaceChildren(this.message, this.progress);
  }

  #idle() {
    this.form.hidden = false;
    this.submit.hidden = false;
    this.work.hidden = true;
    this.stop.textContent = t("action.cancel");
  }

  /** Polls a job until it ends. Closing the dialog leaves the job running on the server. */
  async #follow({ job, status_url: statusUrl }) {
    const cancel = el("button", { type: "button", class: "button button--small", onclick: () => this.#cancel(job) }, t("export.stop"));
    this.work.append(cancel);
    this.stop.textContent = t("action.close");
    for (;;) {
      const state = await requestJson(statusUrl);
      if (state.state === "done") {
        this.#finish(state);
        return;
      }
      if (state.state === "failed" || state.state === "cancelled") {
        const title = t(state.state === "failed" ? "export.failed" : "export.cancelled");
        showToast({ title, detail: state.message ?? "", kind: state.state === "failed" ? "error" : "info" });
        this.#idle();
        return;
      }
      this.progress.value = state.progress ?? 0;
      this.message.textContent = state.message || t("export.working");
      await new Promise((resolve) => { window.setTimeout(resolve, POLL_MS); });
    }
  }

  #finish(state) {
    const link = () => el("a", { class: "button button--primary", href: state.result_url, download: "" }, t("export.download"));
    if (this.isClosed) {
      showToast({ title: t("export.ready"), detail: state.title, action: { label: t("export.download"), run: () => link().click() } });
      return;
    }
    this.work.replaceChildren(stateBlock({ icon: "check", title: t("export.ready"), detail: state.title }), link());
  }

  async #cancel(job) {
    try {
      await requestJson(`/api/jobs/${encodeURIComponent(job)}/cancel`, { method: "POST" });
    } catch (error) {
      showProblem(error);
    }
  }
}

/** Opens the export dialog, or says why there is none. */
export function openExport({ canExport, ...rest }) {
  if (!canExport) {
    showToast({ title: t("export.none"), detail: t("export.none.detail") });
    return null;
  }
  return new ExportDialog(rest);
}
