/* Choosing a region: by search, or level by level; and who may supervise an enterprise there. */

import { query, requestJson } from "./api.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";
import { Suggest } from "./suggest.js";

const find = (id) => document.getElementById(id);
const regionsOf = async (values, signal) => (await requestJson(`/api/registration/regions?${query(values)}`, { signal })).regions;

function offer(select, regions, first) {
  select.replaceChildren(el("option", { value: "" }, first), ...regions.map((one) => el("option", { value: one.code }, one.name)));
  select.disabled = regions.length === 0;
}

export class RegionPicker {
  /** `onchange` is called with the chosen region ({code, bbox, path}), or null. */
  constructor({ city, authority, onchange, search = find("region-search") }) {
    this.authority = authority;
    this.onchange = onchange;
    this.city = city;
    this.region = null;
    this.isChosen = false; // by hand, or as it stands: then a change of region keeps it while it is offered
    authority.addEventListener("change", () => { this.isChosen = true; });
    this.selects = ["county", "street", "community"].map(find);
    for (const [level, select] of this.selects.entries()) {
      select.addEventListener("change", () => void this.#onSelect(level));
    }
    this.search = new Suggest(search, {
      find: (text, signal) => regionsOf({ q: text }, signal),
      show: (one) => [one.name, `${one.path} ${one.code}`],
      choose: (one) => { search.value = one.name; void this.set(one.code); }
    });
  }

  async start() {
    offer(this.selects[0], await regionsOf({ parent: this.city }), t("register.choose"));
    offer(this.selects[1], [], t("register.choose"));
    offer(this.selects[2], [], t("register.whole"));
  }

  get code() {
    return this.region?.code ?? "";
  }

  async #onSelect(level) {
    const chosen = this.selects[level].value;
    if (level < 2) {
      const first = (at) => t(at === 2 ? "register.whole" : "register.choose");
      offer(this.selects[level + 1], chosen ? await regionsOf({ parent: chosen }) : [], first(level + 1));
      if (level === 0) {
        offer(this.selects[2], [], first(2));
      }
    }
    const code = this.selects[2].value || this.selects[1].value || this.selects[0].value;
    await this.#read(code, null);
  }

  /** Chooses a region by its code, with its levels above, and an authority of it. */
  async set(code, authority = null) {
    const levels = [code.slice(0, 6), code.slice(0, 9), code].filter((one, at, all) => one.length === [6, 9, 12][at] && all.indexOf(one) === at);
    this.selects[0].value = levels[0] ?? "";
    for (const at of [1, 2]) {
      const parent = levels[at - 1];
      offer(this.selects[at], parent ? await regionsOf({ parent }) : [], t(at === 2 ? "register.whole" : "register.choose"));
      this.selects[at].value = levels[at] ?? "";
    }
    await this.#read(code, authority);
  }

  async #read(code, authority) {
    if (!code) {
      this.region = null;
      offer(this.authority, [], t("register.to_city"));
      this.onchange(null);
      return;
    }
    const found = await requestJson(`/api/registration/authorities?${query({ region: code })}`);
    this.region = found.region;
    const held = this.authority.value;
    const others = found.authorities.filter((one) => one.level !== "city");
    offer(this.authority, others, t("register.to_city"));
    this.authority.disabled = false;
    // The site's own township supervises it, unless something else is chosen.
    const near = others.find((one) => one.level === "street") ?? null;
    const isHeld = this.isChosen && (held === "" || others.some((one) => one.code === held));
    this.isChosen = authority !== null || isHeld;
    this.authority.value = authority ?? (isHeld ? held : near?.code ?? "");
    this.onchange(found.region);
  }
}
