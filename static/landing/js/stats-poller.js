/** Asks the stats API now and then while that is wanted. Knows neither sockets nor stores. */

/** Each wait is up to this share shorter or longer, so that pages do not ask in step. */
export const JITTER = 0.25;
const TIMEOUT_MS = 10_000;

export class StatsPoller {
  /** How often to ask; Infinity: never. */
  intervalMs = Infinity;
  onStats;

  #wanted = false;
  #round = 0;
  #timer;

  /** @param {string} url @param {World} world */
  constructor(url, world) {
    this.url = url;
    this.world = world;
  }

  /** @param {boolean} wanted whether the socket is down and somebody is looking */
  when(wanted) {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    this.#round += 1;
    this.world.clearTimeout(this.#timer);
    if (wanted) this.#schedule();
  }

  #schedule() {
    if (this.intervalMs === Infinity) return;
    const waitMs = this.intervalMs * (1 - JITTER + 2 * JITTER * this.world.random());
    this.#timer = this.world.setTimeout(() => this.#ask(), waitMs);
  }

  async #ask() {
    const round = this.#round;
    const body = await this.#answer();
    if (round !== this.#round) return;
    if (body !== null) this.onStats(body);
    this.#schedule();
  }

  /** @returns {Promise<unknown>} null without an answer; the page shows its age instead */
  async #answer() {
    try {
      const response = await this.world.fetch(this.url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      return response.ok ? await response.json() : null;
    } catch {
      return null;
    }
  }
}
