/** Asks the stats API now and then while that is wanted. Knows neither sockets nor stores. */

/** Each wait is up to this share shorter or longer, so that pages do not ask in step. */
export const JITTER = 0.25;
const TIMEOUT_MS = 10_000;

export class StatsPoller {
  onStats;

  #intervalMs = Infinity;
  #wanted = false;
  #round = 0;
  #timer;

  /** @param {string} url @param {World} world */
  constructor(url, world) {
    this.url = url;
    this.world = world;
  }

  /** @param {number} intervalMs how often to ask; Infinity: never */
  every(intervalMs) {
    if (intervalMs !== this.#intervalMs) this.#begin(this.#wanted, intervalMs);
  }

  /** @param {boolean} wanted whether the socket is down and somebody is looking */
  when(wanted) {
    if (wanted !== this.#wanted) this.#begin(wanted, this.#intervalMs);
  }

  #begin(wanted, intervalMs) {
    this.#wanted = wanted;
    this.#intervalMs = intervalMs;
    this.#round += 1;
    this.world.clearTimeout(this.#timer);
    this.#schedule();
  }

  #schedule() {
    if (!this.#wanted || this.#intervalMs === Infinity) return;
    const waitMs = this.#intervalMs * (1 - JITTER + 2 * JITTER * this.world.random());
    this.#timer = this.world.setTimeout(() => this.#ask(), waitMs);
  }

  async #ask() {
    const round = this.#round;
    const text = await this.#answer();
    if (round !== this.#round) return;
    if (text !== null) this.onStats(text);
    this.#schedule();
  }

  /** @returns {Promise<string|null>} null without an answer; the page shows its age instead */
  async #answer() {
    try {
      const response = await this.world.fetch(this.url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      return response.ok ? await response.text() : null;
    } catch {
      return null;
    }
  }
}
