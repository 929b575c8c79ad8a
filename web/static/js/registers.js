/* Entry of the registers: every register in its group, with how many rows the user sees. */

import "./words/registers.js";
import { requestJson } from "./api.js";
import { find, here, start } from "./company.js";
import { el, skeleton } from "./dom.js";
import { formatNumber, t } from "./i18n.js";

const card = (register) => el("a", { class: "company-card", href: `/registers/${here(register.id)}` },
  el("span", { class: "company-card__title" }, register.title, el("span", { class: "muted" }, t("register.rows", { n: `${register.is_exact ? "" : ">"}${formatNumber(register.rows)}` }))),
  el("span", { class: "muted" }, register.note ?? ""));

void start(async () => {
  find("groups").replaceChildren(...skeleton(4));
  const { registers } = await requestJson("/api/registers");
  const groups = Map.groupBy(registers, (one) => one.group);
  find("groups").replaceChildren(...[...groups].map(([title, members]) =>
    el("section", { "aria-label": title }, el("h2", {}, title), el("div", { class: "company-cards" }, members.map(card)))));
});
