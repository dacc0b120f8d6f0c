/** Digits that roll to their new value; the motion itself is the style sheet's. */

/**
 * Units stay units when a digit is added. The slots are made anew then: old ones that move would
 * be a shift of the layout.
 *
 * @param {HTMLElement} container holds nothing but slots
 * @param {string} text a formatted number
 */
export function showReels(container, text) {
  const characters = [...text];
  if (container.children.length !== characters.length) makeAnew(container, characters.length);
  characters.forEach((character, index) => {
    const slot = /** @type {HTMLElement} */ (container.children[index]);
    const digit = /^[0-9]$/.test(character);
    slot.className = digit ? "reel" : "";
    slot.textContent = digit ? "" : character;
    slot.style.setProperty("--digit", digit ? character : "0");
  });
}

function makeAnew(container, length) {
  const old = [...container.children].reverse();
  const fresh = Array.from({ length }, (_, index) =>
    old[index] ? old[index].cloneNode(true) : container.ownerDocument.createElement("span"),
  );
  container.replaceChildren(...fresh.reverse());
  // What was never laid out has nothing to roll from.
  void container.offsetWidth;
}
