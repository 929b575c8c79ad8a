/* Buttons that open a menu: Escape and a click elsewhere close it, arrows move in it. */

function items(list) {
  return [...list.querySelectorAll("a, button")].filter((item) => !item.hidden);
}

function setOpen(button, list, open) {
  button.setAttribute("aria-expanded", String(open));
  list.hidden = !open;
  if (open) {
    items(list)[0]?.focus();
  }
}

function onKey(event, button, list) {
  const all = items(list);
  const position = all.indexOf(document.activeElement);
  if (event.key === "Escape") {
    setOpen(button, list, false);
    button.focus();
  } else if (event.key === "ArrowDown") {
    all[(position + 1) % all.length]?.focus();
  } else if (event.key === "ArrowUp") {
    all[(position - 1 + all.length) % all.length]?.focus();
  } else {
    return;
  }
  event.preventDefault();
}

/** Gives every `[data-menu]` in the page its behaviour. */
export function startMenus() {
  // Many screens on a narrow window scroll sideways: the one that is open shows.
  document.querySelector(".screens [aria-current]")?.scrollIntoView({ inline: "nearest", block: "nearest" });
  for (const menu of document.querySelectorAll("[data-menu]")) {
    const button = menu.querySelector("button");
    const list = menu.querySelector(".menu__list");
    button.addEventListener("click", () => setOpen(button, list, list.hidden));
    list.addEventListener("keydown", (event) => onKey(event, button, list));
    list.addEventListener("click", () => setOpen(button, list, false));
    document.addEventListener("click", (event) => {
      if (!list.hidden && !menu.contains(event.target)) {
        setOpen(button, list, false);
      }
    });
  }
}
