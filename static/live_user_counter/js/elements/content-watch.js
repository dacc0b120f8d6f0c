/**
 * Redraws an element when other scripts change its content or attributes: libraries that swap or
 * morph parts of a page, extensions, translators. Keeps the element from being left empty.
 */

/** A change that follows a redraw sooner than this may be an answer to it. */
export const ANSWER_MS = 1_000;
/** Two scripts that answer each other write only this often in the end. */
export const MAX_DELAY_MS = 10_000;
export const MIN_DELAY_MS = 50;

const CHANGES = {
  childList: true,
  characterData: true,
  subtree: true,
  // Those that the elements read or write. Others may change with each frame of an animation.
  attributeFilter: [
    ...["data-luc-place", "words", "snapshot", "place-count", "places", "kinds", "limit", "socket"],
    ...["state", "below", "paused", "hidden", "drawn", "aria-pressed", "data-luc-id"],
  ],
};

export class ContentWatch {
  #element;
  #browser;
  #redraw;
  #content;
  /** @type {MutationObserver|undefined} */
  #observer;
  /** The child nodes after the last update. */
  #nodes = [];
  /** Those that the watch has added. */
  #own = [];
  #isStyled = false;
  #redrawnMs = -Infinity;
  #delayMs = 0;
  #timer;

  /**
   * @param {HTMLElement} element
   * @param {Browser} browser
   * @param {() => void} redraw
   * @param {object} content
   * @param {() => Node[]} content.create creates the content of an element that never had any
   * @param {string} content.essential matches in every content that can replace it
   */
  constructor(element, browser, redraw, content) {
    this.#element = element;
    this.#browser = browser;
    this.#redraw = redraw;
    this.#content = content;
    const { MutationObserver } = /** @type {any} */ (browser.window);
    this.#observer = MutationObserver && new MutationObserver(() => this.#redrawSoon());
  }

  start() {
    this.#observer?.observe(this.#element, CHANGES);
  }

  stop() {
    this.#observer?.disconnect();
    this.#browser.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /**
   * Whether the style sheet of the elements has loaded, and the browser understands its nested rules.
   * Otherwise, texts for screen readers only and drawn digits would be a second text beside the figure.
   */
  get isStyled() {
    const { getComputedStyle: read } = /** @type {any} */ (this.#browser.window);
    const value = () => read?.(this.#element).getPropertyValue("--luc-styled");
    return (this.#isStyled ||= value() !== "");
  }

  /** Change the element without noticing it. @param {() => void} change */
  update(change) {
    try {
      this.#fill();
      change();
    } finally {
      this.#nodes = [...this.#element.childNodes];
      this.#observer?.takeRecords();
    }
  }

  /** Put the last content back into an empty element, until it gets other content. */
  #fill() {
    const element = this.#element;
    if ([...element.childNodes].some((node) => this.#replacesOwn(node))) {
      for (const node of this.#own.splice(0)) node.remove();
    }
    if (element.childElementCount > 0) return;
    this.#own = this.#nodes.length > 0 ? this.#nodes : this.#content.create();
    element.append(...this.#own);
  }

  #replacesOwn(node) {
    const { essential } = this.#content;
    if (node.nodeType !== Node.ELEMENT_NODE || this.#own.includes(node)) return false;
    return node.matches(essential) || node.querySelector(essential) !== null;
  }

  /** Redraw at once, or later and later while other scripts answer. */
  #redrawSoon() {
    if (this.#timer !== undefined) return;
    const isAnswer = this.#browser.now() - this.#redrawnMs < ANSWER_MS;
    const delayMs = Math.min(MAX_DELAY_MS, Math.max(MIN_DELAY_MS, 2 * this.#delayMs));
    this.#delayMs = isAnswer ? delayMs : 0;
    if (isAnswer) this.#timer = this.#browser.setTimeout(() => this.#redrawNow(), delayMs);
    else this.#redrawNow();
  }

  #redrawNow() {
    this.#timer = undefined;
    this.#redrawnMs = this.#browser.now();
    this.#redraw();
  }
}
