/* Entry of the rescue information: one form; until it is complete nothing else opens. */

import { requestJson } from "./api.js";
import { fillForm, find, onSubmit, start } from "./company.js";
import { t } from "./i18n.js";
import { showToast } from "./toast.js";

const form = find("information");
let version = 0;

function show(found) {
  version = found.version;
  find("company-name").textContent = found.name;
  fillForm(form, found);
}

async function showGate() {
  const home = await requestJson("/api/company");
  find("gate").hidden = home.is_complete;
  find("gate").textContent = home.message ?? "";
}

onSubmit(form, async (values) => {
  show(await requestJson("/api/company/information", { method: "PUT", body: { ...values, version } }));
  await showGate();
  showToast({ title: t("company.saved") });
});

void start(async () => {
  await showGate();
  show(await requestJson("/api/company/information"));
});
