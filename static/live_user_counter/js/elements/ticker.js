/** One timer per page for all texts that change with time alone. */
export class Ticker {
  /** Each returns for how many ms its text stays correct. @type {Set<(nowMs: number) => number>} */
  renderers = new Set();
  #browser;
  #timer;

  /** @param {Browser} browser */
  constructor(browser) {
    this.#browser = browser;
  }

  /** Render all texts now, and again when the first of them is outdated. */
  tick() {
    const browser = this.#browser;
    browser.clearTimeout(this.#timer);
    const delayMs = Math.min(...[...this.renderers].map((render) => render(browser.now())));
    if (delayMs < Infinity) this.#timer = browser.setTimeout(() => this.tick(), delayMs);
  }
}
