/* Entry of the import of enterprises: a file is checked, its bad rows are listed, then it is written. */

import "./words/review.js";
import { request, requestJson } from "./api.js";
import { el } from "./dom.js";
import { formatNumber, t } from "./i18n.js";
import { startSessionMenu } from "./session_menu.js";
import { importAsJob, isLarge } from "./table_import.js";

const find = (id) => document.getElementById(id);
const form = find("form");
const buttons = ["import-start", "write", "report"].map(find);
let checked = null;
let reportUrl = null; // of the bad rows that a job has kept

function showResult(found, words) {
  find("result").hidden = false;
  find("summary").textContent = t(words, { added: formatNumber(found.added), changed: formatNumber(found.changed), same: formatNumber(found.unchanged), bad: formatNumber(found.bad_rows), unplaced: formatNumber(found.without_position) });
  find("report").hidden = found.bad_rows === 0;
  const rows = found.problems;
  find("problems").replaceChildren(rows.length === 0 ? "" : el("table", { class: "table" },
    el("caption", { class: found.problem_count > rows.length ? "muted" : "visually-hidden" }, t("import.first", { shown: formatNumber(rows.length), n: formatNumber(found.problem_count) })),
    el("thead", {}, el("tr", {}, ["row", "column", "value", "message"].map((one) => el("th", { scope: "col" }, t(`import.${one}`))))),
    el("tbody", {}, rows.map((one) => el("tr", {}, el("td", { class: "figure" }, one.row), el("td", {}, one.column), el("td", {}, one.value), el("td", {}, one.message))))));
}

/** Whether the file as it was checked may be written. */
function judge() {
  const isGood = checked !== null && checked.added + checked.changed > 0;
  find("write").disabled = !(isGood && (checked.bad_rows === 0 || find("keep-good").checked));
}

async function act(run) {
  const line = find("form-error");
  line.hidden = true;
  for (const button of buttons) {
    button.disabled = true;
  }
  find("result").hidden = false;
  find("problems").replaceChildren();
  find("summary").textContent = t("import.working");
  try {
    await run();
  } catch (error) {
    if (error.title === undefined) {
      throw error;
    }
    find("summary").textContent = "";
    line.textContent = error.detail || error.title;
    line.hidden = false;
  } finally {
    for (const button of buttons) {
      button.disabled = false;
    }
    judge();
  }
}

const send = (path) => requestJson(path, { method: "POST", body: new FormData(form) });
const chosen = () => find("file").files[0];

/** Checks or writes: a large file as a job. Null when it was cancelled or failed, which is told already. */
async function run({ isCheck }) {
  if (!isLarge(chosen())) {
    return send(isCheck ? "/api/enterprises/import/check" : "/api/enterprises/import");
  }
  const outcome = await importAsJob(`/api/enterprises/import/jobs${isCheck ? "?check=1" : ""}`, new FormData(form));
  if (outcome === null || !outcome.is_refused) {
    return outcome;
  }
  return { ...outcome, added: 0, changed: 0, unchanged: 0 };
}

function told(found, words) {
  if (found === null) {
    find("summary").textContent = "";
    return;
  }
  reportUrl = found.report_url ?? null;
  showResult(found, words);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void act(async () => {
    checked = null;
    checked = await run({ isCheck: true });
    told(checked, "import.checked");
  });
});
find("write").addEventListener("click", () => void act(async () => {
  const found = await run({ isCheck: false });
  checked = null;
  told(found, found?.is_refused ? "import.checked" : "import.written");
}));
find("report").addEventListener("click", () => void act(async () => {
  const response = reportUrl ? await request(reportUrl, { accept: "*/*" })
    : await request("/api/enterprises/import/report", { method: "POST", body: new FormData(form), accept: "*/*" });
  const address = URL.createObjectURL(await response.blob());
  el("a", { href: address, download: "to-mend.xlsx" }).click();
  URL.revokeObjectURL(address);
  find("summary").textContent = "";
}));
for (const name of ["file", "crs"]) {
  find(name).addEventListener("change", () => { checked = reportUrl = null; judge(); });
}
find("keep-good").addEventListener("change", judge);
startSessionMenu();
