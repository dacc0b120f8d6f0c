/** Polls the stats API while polling is enabled. Knows neither the socket nor the state. */

/** Each delay is up to this fraction shorter or longer, so that pages do not synchronize. */
export const JITTER = 0.25;
const TIMEOUT_MS = 10_000;

/**
 * Return a signal that aborts a request. Safari before version 16 lacks `AbortSignal.timeout`.
 *
 * @param {Browser} browser
 * @param {number} ms
 * @returns {AbortSignal}
 */
export function createTimeoutSignal(browser, ms) {
  if (AbortSignal.timeout) return AbortSignal.timeout(ms);
  const controller = new AbortController();
  browser.setTimeout(() => controller.abort(), ms);
  return controller.signal;
}

export class StatsPoller {
  #browser;
  #getUrl;
  #onStats;
  #intervalMs = Infinity;
  #isEnabled = false;
  /** Rises with each restart, so that a response from before the restart is ignored. */
  #generation = 0;
  #timer;

  /**
   * @param {() => string|null} getUrl called for each request; null: there is nothing to request
   * @param {Browser} browser
   * @param {(text: string, isCached: boolean) => void} onStats
   */
  constructor(getUrl, browser, onStats) {
    this.#getUrl = getUrl;
    this.#browser = browser;
    this.#onStats = onStats;
  }

  /** @param {number} intervalMs Infinity: never poll */
  setInterval(intervalMs) {
    if (intervalMs !== this.#intervalMs) this.#restart(this.#isEnabled, intervalMs);
  }

  /** @param {boolean} isEnabled */
  setEnabled(isEnabled) {
    if (isEnabled !== this.#isEnabled) this.#restart(isEnabled, this.#intervalMs);
  }

  #restart(isEnabled, intervalMs) {
    this.#isEnabled = isEnabled;
    this.#intervalMs = intervalMs;
    this.#generation += 1;
    this.#browser.clearTimeout(this.#timer);
    this.#schedule();
  }

  #schedule() {
    if (!this.#isEnabled || this.#intervalMs === Infinity) return;
    const delayMs = this.#intervalMs * (1 - JITTER + 2 * JITTER * this.#browser.random());
    this.#timer = this.#browser.setTimeout(() => this.#poll(), delayMs);
  }

  async #poll() {
    const generation = this.#generation;
    const stats = await this.#fetchStats();
    if (generation !== this.#generation) return;
    if (stats) this.#onStats(...stats);
    this.#schedule();
  }

  /**
   * A shared cache that ignores "no-store" sends an age.
   *
   * @returns {Promise<[string, boolean]|null>} null on failure: the page shows the age of its count
   */
  async #fetchStats() {
    const url = this.#getUrl();
    if (url === null) return null;
    try {
      const signal = createTimeoutSignal(this.#browser, TIMEOUT_MS);
      const response = await this.#browser.fetch(url, { signal });
      return response.ok ? [await response.text(), response.headers?.get("Age") > 0] : null;
    } catch {
      return null;
    }
  }
}
