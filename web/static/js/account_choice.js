/* The choice between the accounts of one mobile, shared by the ways of signing in. */

import { find } from "./company.js";
import { el } from "./dom.js";

/** Offers the accounts; `enter(username)` is called with the chosen one, and its failure is said above them. */
export function offerAccounts(choices, enter) {
  const line = find("choose").querySelector(".form-error");
  const choose = async (username) => {
    line.hidden = true;
    try {
      await enter(username);
    } catch (error) {
      if (error.title === undefined) {
        throw error;
      }
      line.textContent = error.detail || error.title;
      line.hidden = false;
    }
  };
  find("choices").replaceChildren(...choices.map((choice) => el("li", {},
    el("button", { class: "sample-account", type: "button", onclick: () => choose(choice.username) },
      el("span", {}, choice.title), el("span", { class: "muted" }, choice.username)))));
  find("choose").hidden = false;
  find("choices").querySelector("button").focus();
}
