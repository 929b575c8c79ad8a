/* Entry of the sign-in page: fills the form with a sample account, and keeps the map's position through the sign-in. */

import { startSessionMenu } from "./session_menu.js";

startSessionMenu();

const form = document.getElementById("sign-in-form");
// The browser carries the map's position over from the address one came from; the server never sees it.
const next = form.elements.next;
if (next && window.location.hash && !next.value.includes("#")) {
  next.value += window.location.hash;
}
for (const way of document.querySelectorAll("#by-code, #by-app")) {
  way.hash = window.location.hash;
}
for (const button of document.querySelectorAll("[data-username]")) {
  button.addEventListener("click", () => {
    form.elements.username.value = button.dataset.username;
    form.elements.password.value = button.dataset.password;
    form.querySelector('button[type="submit"]').focus();
  });
}
