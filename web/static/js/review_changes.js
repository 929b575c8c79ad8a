/* Entry of the queue of enterprises' requests to be changed: by state, those that wait the longest first. */

import "./words/review.js";
import "./words/enterprise_change.js";
import { el, stateBlock } from "./dom.js";
import { lang, t } from "./i18n.js";
import { day, queueTable, startQueue, waits } from "./review_queue.js";

function showRows(rows, shown) {
  if (rows.length === 0) {
    return shown.q ? stateBlock({ title: t("change.found.none", { words: shown.q }), detail: t("change.found.none.detail") })
      : stateBlock({ title: t("change.list.none"), detail: t("change.list.none.detail") });
  }
  return queueTable(t("change.list"), [
    [t("change.col.name"), (row) => el("a", { href: `/reviews/changes/${row.id}` }, row.enterprise_name)],
    [t("change.col.code"), (row) => el("span", { class: "figure" }, row.enterprise_code)],
    [t("change.col.fields"), (row) => row.fields.join(lang === "en" ? ", " : "、")],
    [t("change.col.authority"), (row) => row.authority_name],
    [t("change.col.asked"), (row) => `${day(row.asked_at)} ${row.asked_by}`],
    shown.state === "waiting" ? [t("change.col.waits"), (row) => waits(row.waits_s)] : [t("change.col.decided"), (row) => `${day(row.decided_at)} ${row.decided_by}`]
  ], rows);
}

startQueue({ path: "/api/reviews/changes", first: "waiting", showRows });
