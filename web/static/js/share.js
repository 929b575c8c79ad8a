/* Copies a link that brings anyone who may see it to the same map. */

import { copyText } from "./clipboard.js";
import { openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";
import { showToast } from "./toast.js";

export async function shareLink(url) {
  if (await copyText(url)) {
    showToast({ title: t("share.done"), detail: t("share.done.detail") });
    return;
  }
  const field = el("input", { class: "input", readonly: true, value: url, "aria-label": t("share.title") });
  openDialog({ title: t("share.title"), body: [el("p", {}, t("share.manual")), field] });
  field.select();
}
