/** Digits that roll to their new value. The style sheet defines the motion. */

/**
 * Render one slot per character, aligned to the right, so that units stay units when the number
 * grows. A change of length replaces all slots: moving old ones would be a layout shift.
 *
 * @param {HTMLElement} container holds nothing but slots
 * @param {string} text a formatted number
 */
export function renderDigits(container, text) {
  const characters = [...text];
  if (container.children.length !== characters.length) replaceSlots(container, characters.length);
  characters.forEach((character, index) => {
    const slot = /** @type {HTMLElement} */ (container.children[index]);
    const isDigit = /^[0-9]$/.test(character);
    slot.className = isDigit ? "reel" : "";
    slot.textContent = isDigit ? "" : character;
    slot.style.setProperty("--digit", isDigit ? character : "0");
  });
}

function replaceSlots(container, length) {
  const old = [...container.children].reverse();
  const slots = Array.from({ length }, (_, index) =>
    old[index] ? old[index].cloneNode(true) : document.createElement("span"),
  );
  container.replaceChildren(...slots.reverse());
  // Force a layout: a transition needs a previous position.
  void container.offsetWidth;
}
