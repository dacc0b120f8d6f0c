/**
 * Announces new activities to screen readers: the newest one and how many others, at most one
 * announcement per interval. A removed activity is not announced, or is withdrawn.
 */
import { hasItem } from "../state/activity-state.js";

export const MIN_INTERVAL_MS = 10_000;

export class FeedAnnouncer {
  #write;
  #browser;
  #timer;
  /** @type {Activity[]} */
  #pending = [];
  /** @type {Activity|null} */
  #last = null;

  /**
   * @param {(newest: Activity|null, others?: number) => void} write fills the live region; null
   *   clears it
   * @param {Browser} browser
   */
  constructor(write, browser) {
    this.#write = write;
    this.#browser = browser;
  }

  /** @param {Activity[]} fresh newest first @param {Activity[]} items all current items */
  update(fresh, items) {
    this.#pending = [...fresh, ...this.#pending].filter((item) => hasItem(items, item));
    if (fresh.length) {
      this.#timer ??= this.#browser.setTimeout(() => this.#announce(), MIN_INTERVAL_MS);
    }
    if (this.#last && !hasItem(items, this.#last)) this.#write((this.#last = null));
  }

  stop() {
    this.#browser.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #announce() {
    this.#timer = undefined;
    const [newest, ...others] = this.#pending.splice(0);
    if (newest) this.#write((this.#last = newest), others.length);
  }
}
