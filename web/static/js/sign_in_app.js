/* Entry of the page that signs in by another app: shows its QR code and waits until it was scanned. */

import "./words/sign_in.js";
import { offerAccounts } from "./account_choice.js";
import { requestJson } from "./api.js";
import { find } from "./company.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";
import { startSessionMenu } from "./session_menu.js";

const ASK_MS = 2000;
const { next } = find("scan").dataset;
const { hash } = window.location;
let endsAt = 0;
let app = "";

function tell(words, { isOver = false } = {}) {
  find("told").textContent = words;
  find("again").hidden = !isOver;
  find("frame").classList.toggle("is-over", isOver);
}

/** Asks how it stands until there is something to do; a question that failed is asked again. */
async function wait() {
  while (Date.now() < endsAt) {
    let answer = null;
    try {
      answer = await ask();
    } catch (error) {
      if (error.status === 404) {
        break;
      }
    }
    if (answer !== null && answer.state !== "waiting") {
      heed(answer);
      return;
    }
    await new Promise((resolve) => { window.setTimeout(resolve, ASK_MS); });
  }
  tell(t("app.over"), { isOver: true });
}

const ask = (username) => requestJson("/api/app-sign-in/state", { method: "POST", body: { next, ...(username ? { username } : {}) } });

function heed(answer) {
  if (answer.state === "entered") {
    window.location.assign(answer.next + (answer.next.includes("#") ? "" : hash));
  } else if (answer.state === "choose") {
    find("scan").hidden = true;
    offerAccounts(answer.choices, async (username) => heed(await ask(username)));
  } else {
    find("scan").hidden = false;
    find("choose").hidden = true;
    tell(t(`app.${answer.state}`, { app }), { isOver: true });
  }
}

async function begin() {
  tell(t("app.asking"));
  try {
    const found = await requestJson("/api/app-sign-in", { method: "POST", body: {} });
    ({ app } = found);
    endsAt = Date.now() + found.life_s * 1000;
    find("frame").replaceChildren(el("img", { src: `${found.qr}?${endsAt}`, alt: t("app.alt", { app }), width: 240, height: 240 }));
    tell(t("app.scan", { app, n: Math.round(found.life_s / 60) }));
    void wait();
  } catch (error) {
    tell(error.detail || error.title || t("app.failed"), { isOver: true });
  }
}

startSessionMenu();
find("again").addEventListener("click", () => void begin());
void begin();
