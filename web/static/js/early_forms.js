/* A form without a method is its script's. Sent before that script listens, it is sent again until it does: nothing typed is lost. */
(function () {
  "use strict";
  const AGAIN_MS = 100;
  const waiting = new Set();

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
})();
