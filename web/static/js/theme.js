/* Sets the theme before the first paint: from the shared link, else from this browser, else the server's. */
(function () {
  "use strict";
  const allowed = ["dark", "light"];
  const linked = new URLSearchParams(window.location.hash.slice(1)).get("t");
  let kept = null;
  try {
    kept = window.localStorage.getItem("onemap:theme");
  } catch {
    kept = null; // storage may be switched off
  }
  const theme = [linked, kept].find((name) => allowed.includes(name));
  if (theme) {
    document.documentElement.dataset.theme = theme;
  }
})();
