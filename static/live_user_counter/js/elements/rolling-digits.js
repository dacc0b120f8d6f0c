/**
 * Digits that roll to their new value. The style sheet defines the motion. A digit at rest is plain
 * text, so that no font, spacing, or style sheet of the reader can change the number.
 */

/** Shrinks a number that is too wide for its place, whatever made it so. */
const fitter = globalThis.ResizeObserver && new ResizeObserver(fitAll);

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
    slot.className = isDigit ? "luc-reel" : "";
    slot.textContent = character;
    slot.style.setProperty("--luc-digit", isDigit ? character : "0");
    // Show the reel only while it moves, so never if motion is off.
    slot.classList.toggle("luc-rolling", slot.getAnimations?.({ subtree: true }).length > 0);
  });
  container.ontransitionend = ({ target }) =>
    /** @type {HTMLElement} */ (target).classList.remove("luc-rolling");
}

function replaceSlots(container, length) {
  const old = [...container.children].reverse();
  const slots = Array.from({ length }, (_, index) =>
    old[index] ? old[index].cloneNode(true) : document.createElement("span"),
  );
  container.replaceChildren(...slots.reverse());
  // Force a layout: a transition needs a previous position.
  void container.offsetWidth;
  for (const each of [container, ...slots]) fitter?.observe(each);
}

function fitAll() {
  for (const digits of document.querySelectorAll("live-user-counter [part=digits]")) {
    const { style, clientWidth, scrollWidth } = /** @type {HTMLElement} */ (digits);
    style.scale = String(Math.min(1, clientWidth / scrollWidth) || 1);
  }
}
