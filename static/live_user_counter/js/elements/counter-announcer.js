/** Announces significant changes of a counter to screen readers, at most one per interval. */

export const MIN_INTERVAL_MS = 30_000;
/** A change of the count is significant if it reaches both thresholds. */
export const MIN_CHANGE = 5;
export const MIN_CHANGE_RATIO = 0.1;

export class CounterAnnouncer {
  #write;
  #browser;
  #lastMs;
  /** @type {CounterView|null} the last view announced; at first, the initial page */
  #last = null;
  #next;
  #timer;

  /** @param {(text: string) => void} write fills a polite live region @param {Browser} browser */
  constructor(write, browser) {
    this.#write = write;
    this.#browser = browser;
    this.#lastMs = browser.now();
  }

  /**
   * @param {CounterView} view
   * @param {(last: CounterView) => string} compose puts the view into words; `last` is the view
   *   announced before
   */
  update(view, compose) {
    this.#last ??= view;
    if (!isSignificant(this.#last, view)) return this.stop();
    this.#next = { view, compose };
    const delayMs = Math.max(0, this.#lastMs + MIN_INTERVAL_MS - this.#browser.now());
    this.#timer ??= this.#browser.setTimeout(() => this.#announce(), delayMs);
  }

  /** Drop the pending announcement. */
  stop() {
    this.#browser.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #announce() {
    this.#timer = undefined;
    this.#lastMs = this.#browser.now();
    const { view, compose } = this.#next;
    this.#write(compose(this.#last));
    this.#last = view;
  }
}

/** Crossing the minimum, and the start, end, or change of a problem, are always significant. */
function isSignificant(last, view) {
  if (last.isBelow !== view.isBelow || last.hasProblem !== view.hasProblem) return true;
  if (view.hasProblem && last.state !== view.state) return true;
  if (last.value === null || view.value === null) return last.value !== view.value;
  const change = Math.abs(view.value - last.value);
  return !view.isBelow && change >= Math.max(MIN_CHANGE, MIN_CHANGE_RATIO * last.value);
}
