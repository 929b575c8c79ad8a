/* Entry of the queue of registrations: by state, those that wait the longest first. */

import "./words/review.js";
import { el, stateBlock } from "./dom.js";
import { t } from "./i18n.js";
import { day, queueTable, startQueue, waits } from "./review_queue.js";

function showRows(rows, shown) {
  if (rows.length === 0) {
    return shown.q ? stateBlock({ title: t("review.found.none", { words: shown.q }), detail: t("review.found.none.detail") })
      : stateBlock({ title: t("review.none"), detail: t("review.none.detail") });
  }
  return queueTable(t("review.list"), [
    [t("review.col.name"), (row) => el("a", { href: `/reviews/${row.id}` }, row.company_name)],
    [t("review.col.code"), (row) => el("span", { class: "figure" }, row.credit_code)],
    [t("review.col.region"), (row) => row.region_name],
    [t("review.col.authority"), (row) => row.authority_name],
    [t("review.col.industry"), (row) => row.industry_title],
    [t("review.col.submitted"), (row) => day(row.submitted_at)],
    shown.state === "pending" ? [t("review.col.waits"), (row) => waits(row.waits_s)] : [t("review.col.decided"), (row) => `${day(row.decided_at)} ${row.decided_by}`]
  ], rows);
}

startQueue({ path: "/api/reviews", first: "pending", showRows });
