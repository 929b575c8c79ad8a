/* What the pages of one review share: an act whose fault stands above the page. */

/** Runs an act with the buttons of `box` held; a fault stands above the page until the next. */
export async function actIn(box, run) {
  const line = document.getElementById("form-error");
  line.hidden = true;
  for (const button of box.querySelectorAll("button")) {
    button.disabled = true;
  }
  try {
    await run();
  } catch (error) {
    if (error.title === undefined) {
      throw error;
    }
    line.textContent = error.detail || error.title;
    line.hidden = false;
    line.scrollIntoView({ block: "center" });
  } finally {
    for (const button of box.querySelectorAll("button")) {
      button.disabled = false;
    }
  }
}
