/* Theme and language switches, shared by every page. */

import { requestJson } from "./api.js";
import { startMenus } from "./menu.js";
import { showProblem } from "./toast.js";

export const currentTheme = () => document.documentElement.dataset.theme;

function switchTheme() {
  const theme = currentTheme() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  try {
    window.localStorage.setItem("onemap:theme", theme);
  } catch {
    // storage is switched off: the choice lasts as long as the page
  }
  document.dispatchEvent(new CustomEvent("onemap:theme", { detail: theme }));
}

async function switchLang(lang) {
  try {
    await requestJson("/api/session/lang", { method: "POST", body: { lang } });
    const address = new URL(window.location.href);
    if (address.searchParams.has("lang")) {
      address.searchParams.delete("lang"); // a language in the address goes before what one has chosen
      window.location.replace(address);
    } else {
      window.location.reload();
    }
  } catch (error) {
    showProblem(error, () => switchLang(lang));
  }
}

/** Wires the buttons of the top bar. */
export function startSessionMenu() {
  startMenus();
  for (const button of document.querySelectorAll("[data-switch-theme]")) {
    button.addEventListener("click", switchTheme);
  }
  for (const button of document.querySelectorAll("[data-switch-lang]")) {
    button.addEventListener("click", () => switchLang(button.dataset.switchLang));
  }
}
