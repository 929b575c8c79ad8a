/* Entry of the page that signs in by a code: ask for it, enter it, and choose where several accounts have the mobile. */

import { offerAccounts } from "./account_choice.js";
import { requestJson } from "./api.js";
import { find, onSubmit } from "./company.js";
import { startSessionMenu } from "./session_menu.js";

const ask = find("ask");
// The browser carries the map's position over from the address one came from; the server never sees it.
const { hash } = window.location;
let name = "";

/** Says which of the three steps is to be seen. */
function show(step) {
  for (const part of [ask, find("confirm"), find("choose")]) {
    part.hidden = part !== step;
  }
}

async function enter(username) {
  const { next } = ask.dataset;
  const body = { name, code: find("field-code").value, next, ...(username ? { username } : {}) };
  const answer = await requestJson("/api/sign-in-code/confirm", { method: "POST", body });
  if (answer.choices) {
    show(find("choose"));
    offerAccounts(answer.choices, enter);
    return;
  }
  window.location.assign(answer.next + (answer.next.includes("#") ? "" : hash));
}

startSessionMenu();
find("by-password").hash = hash;
onSubmit(ask, async (values) => {
  const { message } = await requestJson("/api/sign-in-code", { method: "POST", body: values });
  ({ name } = values);
  find("sent").textContent = message;
  show(find("confirm"));
  find("field-code").value = "";
  find("field-code").focus();
});
onSubmit(find("confirm"), () => enter());
find("again").addEventListener("click", () => {
  show(ask);
  find("field-name").focus();
});
