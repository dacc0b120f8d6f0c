/**
 * Long texts in the rows of a feed. The style sheet cuts them, and a row whose text is cut has a
 * button that shows the whole text. The width of the feed decides which texts are cut.
 */
export class TextClamp {
  #element;
  #update;
  /** @type {ResizeObserver|undefined} */
  #widths;
  #width;

  /**
   * @param {HTMLElement} element the feed
   * @param {{window: any}} browser
   * @param {(change?: () => void) => void} update make a change, and render the buttons again
   */
  constructor(element, { window }, update) {
    this.#element = element;
    this.#update = update;
    this.#widths = window.ResizeObserver && new window.ResizeObserver(() => this.#handleResize());
  }

  start() {
    this.#widths?.observe(this.#element);
  }

  stop() {
    this.#widths?.disconnect();
  }

  toggle(row) {
    this.#update(() => row.toggleAttribute("open"));
  }

  #handleResize() {
    const width = this.#element.clientWidth;
    if (width === this.#width) return;
    this.#width = width;
    this.#update();
  }

  /** Show the buttons of the rows whose text is cut, or was before it was opened. */
  render(rows, words) {
    // Measure all rows before the first change: each measurement after a change costs a layout.
    const cuts = rows.map((row) => {
      const text = row.querySelector("[part=event]");
      return [row, text?.scrollHeight > text?.clientHeight + 1];
    });
    for (const [row, isCut] of cuts) renderButton(row, isCut, words);
  }
}

function renderButton(row, isCut, words) {
  const button = row.querySelector("[part=expand]");
  if (!button) return;
  const isOpen = row.hasAttribute("open");
  const name = words[isOpen ? "less" : "all"];
  button.hidden = !isOpen && !isCut;
  button.setAttribute("aria-expanded", String(isOpen));
  if (typeof name === "string" && button.textContent !== name) button.textContent = name;
}
