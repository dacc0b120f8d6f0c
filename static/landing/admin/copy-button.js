/** The button "Copy" beside a field with a secret. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("[data-copy]")) {
    const field = /** @type {HTMLInputElement} */ (button.previousElementSibling);
    button.hidden = false;
    field.addEventListener("focus", () => field.select());
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(field.value);
        button.textContent = "Copied";
      } catch {
        // Without HTTPS or the permission, the visitor copies the selected text.
        field.focus();
      }
    });
  }
});
