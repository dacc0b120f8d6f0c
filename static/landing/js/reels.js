/** Digits that roll to their new value; the motion itself is the style sheet's. */

/**
 * Slots are kept from the right: units stay units when a digit is added.
 *
 * @param {HTMLElement} container holds nothing but slots
 * @param {string} text a formatted number
 */
export function showReels(container, text) {
  const characters = [...text];
  while (container.children.length > characters.length) container.firstElementChild.remove();
  while (container.children.length < characters.length) {
    container.prepend(container.ownerDocument.createElement("span"));
  }
  characters.forEach((character, index) => {
    const slot = /** @type {HTMLElement} */ (container.children[index]);
    const digit = /^[0-9]$/.test(character);
    slot.className = digit ? "reel" : "";
    slot.textContent = digit ? "" : character;
    slot.style.setProperty("--digit", digit ? character : "0");
  });
}
