/* Tabs: arrows move between them, one panel shows. */

function choose(tabs, chosen) {
  for (const tab of tabs) {
    const isChosen = tab === chosen;
    tab.setAttribute("aria-selected", String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = !isChosen;
  }
}

/** Opens the tab of that id, from anywhere in the page. */
export function openTab(id) {
  const chosen = document.getElementById(id);
  choose([...chosen.closest('[role="tablist"]').querySelectorAll('[role="tab"]')], chosen);
}

export const isTabOpen = (id) => document.getElementById(id).getAttribute("aria-selected") === "true";

/** Gives the tabs inside an element their behaviour. */
export function startTabs(container) {
  const tabs = [...container.querySelectorAll('[role="tab"]')];
  for (const [position, tab] of tabs.entries()) {
    tab.addEventListener("click", () => choose(tabs, tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) {
        const next = tabs[(position + step + tabs.length) % tabs.length];
        choose(tabs, next);
        next.focus();
      }
    });
  }
}
