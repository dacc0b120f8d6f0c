/** Report at once that a selected picture is too large. The server refuses it too. */
"use strict";

document.addEventListener("change", ({ target }) => {
  if (!(target instanceof HTMLInputElement && target.dataset.maxBytes)) {
    return;
  }
  const limit = Number(target.dataset.maxBytes);
  const size = target.files?.[0]?.size ?? 0;
  const problem = `Must have at most ${limit / 1000} KB (this file has ${Math.ceil(size / 1000)} KB). Export it smaller.`;
  target.setCustomValidity(size > limit ? problem : "");
  target.reportValidity();
});
