/* Entry of the page that resets a forgotten password: ask for a code, then set the new one. */

import { requestJson } from "./api.js";
import { onSubmit } from "./company.js";
import { startSessionMenu } from "./session_menu.js";

const find = (id) => document.getElementById(id);
let username = "";

startSessionMenu();
onSubmit(find("ask"), async (values) => {
  const { message } = await requestJson("/api/password-reset", { method: "POST", body: values });
  ({ username } = values);
  find("sent").textContent = message;
  find("confirm").hidden = false;
  find("field-code").focus();
});
onSubmit(find("confirm"), async () => {
  const body = { username, code: find("field-code").value.trim(), password: find("field-password").value };
  const { message } = await requestJson("/api/password-reset/confirm", { method: "POST", body });
  find("ask").hidden = true;
  find("confirm").hidden = true;
  find("done").textContent = message;
  find("done").hidden = false;
  window.setTimeout(() => window.location.assign("/sign-in"), 1500);
});
