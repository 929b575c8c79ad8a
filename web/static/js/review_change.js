/* Entry of one request to change an enterprise: what stands beside what is asked, on the map where it moves; approval, return. */

import "./words/registration.js";
import "./words/enterprise_change.js";
import { requestJson } from "./api.js";
import { start } from "./company.js";
import { confirmDialog } from "./dialog.js";
import { el, listens } from "./dom.js";
import { changeLines, instant } from "./enterprise_changes.js";
import { formatNumber, t } from "./i18n.js";
import { PositionPicker } from "./position_picker.js";
import { showReport } from "./position_report.js";
import { actIn } from "./review_act.js";
import { showToast } from "./toast.js";

const find = (id) => document.getElementById(id);
const box = find("review");
const path = `/api/reviews/changes/${box.dataset.number}`;
let current = null;

function show(row) {
  if (row.is_mine === false) {
    showToast({ title: t("change.approved") });
    window.location.assign("/reviews/changes");
    return;
  }
  current = row;
  find("name").textContent = row.enterprise_name;
  find("state").textContent = row.title;
  find("state").dataset.state = row.state;
  find("decision").hidden = row.state !== "waiting";
  find("lines").replaceChildren(changeLines(row.lines, find("c-lines").textContent));
  const facts = [
    ["change.enterprise", el("a", { href: `/enterprise/${row.enterprise_id}` }, `${row.enterprise_name} ${row.enterprise_code}`)],
    ["change.col.authority", row.authority_name], ["change.asked_by", row.asked_by], ["change.asked_at", instant(row.asked_at)],
    ...(row.note ? [["change.note", row.note]] : []),
    ...(row.decided_by ? [["change.decided", `${instant(row.decided_at)} ${row.decided_by}`]] : []),
    ...(row.reason ? [["change.reason", row.reason]] : [])
  ];
  find("facts").replaceChildren(el("dl", { class: "facts" }, facts.flatMap(([term, value]) => [el("dt", {}, t(term)), el("dd", {}, value)])));
}

const act = (run) => actIn(box, run);

find("approve").addEventListener("click", () => void act(async () => {
  const sure = await confirmDialog({ title: t("change.approve"), detail: t("change.approve.detail", { name: current.enterprise_name, n: formatNumber(current.lines.length) }), action: t("change.approve") });
  if (sure) {
    show(await requestJson(`${path}/approve`, { method: "POST", body: { version: current.version } }));
    showToast({ title: t("change.approved") });
  }
}));
find("return").addEventListener("click", () => void act(async () => {
  show(await requestJson(`${path}/return`, { method: "POST", body: { reason: find("reason").value.trim() } }));
  showToast({ title: t("change.returned") });
}));

async function startMap() {
  const bbox = box.dataset.bbox.split(",").map(Number);
  find("place").hidden = current.map === null;
  if (current.map === null || bbox.length !== 4) {
    return;
  }
  showReport(find("report"), current.map, null);
  const picker = await PositionPicker.create(find("map"), { bbox, layers: ["enterprise"] });
  find("map-loading").hidden = true;
  picker.set(current.map);
  if (current.standing) {
    picker.showDeclared(current.standing);
  }
  picker.goTo(current.map, 15);
}

void start(async () => {
  show(await requestJson(path));
  listens();
  await startMap();
});
