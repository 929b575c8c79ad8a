/* Entry of an order's fault-analysis report: handed in once, then corrected with a reason. */

import { request, requestJson } from "./api.js";
import { attempt, fillForm, find, here, instant, onSubmit, start } from "./company.js";
import { askFor } from "./desk_forms.js";
import { el } from "./dom.js";
import { formatBytes, t } from "./i18n.js";
import { showToast } from "./toast.js";

const form = find("report");
const order = here(form.dataset.code);
const path = `/api/company/orders/${order}/report`;
let shown = null;

const facts = (pairs) => pairs.filter(([, value]) => value).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]);

function version(one) {
  return el("article", { class: "version" },
    el("h3", {}, one.number === 1 ? t("company.report.first") : t("company.report.nth", { n: one.number - 1 }), ` · ${one.actor} · ${instant(one.at)}`),
    el("dl", { class: "keys" }, facts([
      [t("company.report.why"), one.why], [t("company.report.cause"), one.cause_label], [t("company.report.description"), one.description],
      [t("company.report.measures"), one.measures], [t("company.report.parts"), one.parts]])));
}

function show(found, { fills = true } = {}) {
  shown = found;
  const [newest] = found.versions;
  find("order-title").textContent = `${found.code} ${found.title}`;
  find("facts").replaceChildren(...facts([
    [t("company.col.unit"), found.unit_name], [t("company.col.state"), found.state_label], [t("company.col.received"), instant(found.nodes.received)],
    [t("company.col.report"), newest ? t("company.report.done") : found.may_hand_in ? null : t("company.report.not_yet")]]));
  find("standing").hidden = !newest;
  find("versions").replaceChildren(...found.versions.map(version));
  find("why").hidden = !newest;
  find("file").disabled = false;
  find("send").disabled = !newest && !found.may_hand_in;
  if (newest) {
    find("send").textContent = t("company.report.correct");
    if (fills) {
      fillForm(form, { ...newest, why: "" });
    }
  }
  find("files").replaceChildren(...(found.attachments.length === 0 ? [el("li", { class: "muted" }, t("company.report.no_files"))]
    : found.attachments.map((one) => el("li", {}, el("a", { href: one.url, download: one.file_name }, one.file_name), ` ${formatBytes(one.size_bytes)}`))));
}

onSubmit(form, async (values) => {
  const [newest] = shown.versions;
  const found = newest
    ? await requestJson(`${path}/correct`, { method: "POST", body: { ...values, number: newest.number } })
    : await requestJson(path, { method: "POST", body: values });
  show(found);
  showToast({ title: t(newest ? "company.report.corrected" : "company.report.sent") });
});

find("file").addEventListener("change", async () => {
  const [file] = find("file").files;
  find("file").value = "";
  if (!file) {
    return;
  }
  const body = new FormData();
  body.append("file", file);
  if (shown.versions.length > 0) {
    const asked = await askFor({ title: t("company.report.file.why"), fields: [{ name: "why", label: t("company.report.why"), required: true }], action: t("company.yes") });
    if (asked === null) {
      return;
    }
    body.append("why", asked.why);
  }
  await attempt(async () => {
    const response = await request(`/api/company/orders/${order}/attachments`, { method: "POST", body });
    show(await response.json(), { fills: false }); // what is being written stays
    showToast({ title: t("company.report.file"), detail: file.name });
  });
});

void start(async () => show(await requestJson(path)));
