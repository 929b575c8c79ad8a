/*
 * Hands that are quicker than a page's script. A form without a method is its script's: sent before that listens, it is sent
 * again until it does. A button pressed inside what is marked data-starting is pressed again when the mark is gone.
 */
(function () {
  "use strict";
  const AGAIN_MS = 100;
  const waiting = new Set();
  const pressed = new Set();

  window.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.hasAttribute("method")) {
      waiting.delete(form);
      form.removeAttribute("aria-busy");
      return;
    }
    event.preventDefault();
    form.setAttribute("aria-busy", "true");
    if (waiting.has(form)) {
      return; // pressed once more: it is sent once
    }
    waiting.add(form);
    const sendAgain = () => {
      if (!waiting.has(form)) {
        return;
      }
      if (!form.isConnected || !(form.noValidate || form.checkValidity())) {
        waiting.delete(form); // changed since it was pressed
        form.removeAttribute("aria-busy");
        return;
      }
      form.requestSubmit(event.submitter?.isConnected ? event.submitter : null);
      if (waiting.has(form)) {
        window.setTimeout(sendAgain, AGAIN_MS);
      }
    };
    window.setTimeout(sendAgain, AGAIN_MS);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-starting] :is(button:not([type=submit]), [role=tab])");
    if (button) {
      event.preventDefault();
      event.stopImmediatePropagation();
      pressed.add(button);
    }
  }, true);

  new MutationObserver(() => {
    if (pressed.size > 0 && !document.querySelector("[data-starting]")) {
      const buttons = [...pressed].filter((button) => button.isConnected);
      pressed.clear();
      buttons.forEach((button) => button.click());
    }
  }).observe(document, { subtree: true, attributeFilter: ["data-starting"] });
})();
