/** Copies the key of a new token. Without access to the clipboard, it selects the key. */

/** @param {Element} element */
function select(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  getSelection()?.removeAllRanges();
  getSelection()?.addRange(range);
}

/**
 * @param {Element} element
 * @returns {Promise<boolean>} whether the text is in the clipboard
 */
async function copy(element) {
  try {
    // Missing on a page without TLS.
    await navigator.clipboard.writeText(element.textContent ?? "");
    return true;
  } catch {
    select(element);
    return document.execCommand("copy");
  }
}

for (const part of document.querySelectorAll("[data-copy]")) {
  const button = part.querySelector("button");
  const status = part.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    const isCopied = await copy(part.querySelector("code"));
    status.textContent = isCopied ? "Copied." : "Selected. Press Ctrl+C or ⌘C to copy.";
  });
}
