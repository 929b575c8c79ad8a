/* Entry of a company's home: the problem counters, and the gate's message while it is shut. */

import { requestJson } from "./api.js";
import { find, start } from "./company.js";
import { el } from "./dom.js";
import { formatNumber, t } from "./i18n.js";

void start(async () => {
  const home = await requestJson("/api/company");
  find("gate").hidden = home.is_complete;
  find("gate").textContent = home.message ?? "";
  if (!home.is_complete) {
    find("gate").append(" ", el("a", { href: "/company/information" }, t("company.gate.open")));
    return;
  }
  find("elevators").textContent = t("company.elevators", { n: formatNumber(home.elevators) });
  find("problems").replaceChildren(...home.problems.map((one) => el("li", {},
    el("a", { class: `counter${one.count === 0 ? " counter--none" : ""}`, href: one.url, "data-problem": one.id },
      el("span", { class: "counter__n" }, formatNumber(one.count)), el("span", {}, one.title)))));
});
