/** Asks the stats API now and then while it is wanted. Knows neither sockets nor stores. */

/** Each wait is up to this share shorter or longer, so that pages do not ask in step. */
export const JITTER = 0.25;
export const FETCH_TIMEOUT_MS = 10_000;

export class StatsPoller {
  /** How often to ask; Infinity: never. */
  intervalMs = Infinity;
  onStats = (_body) => {};

  #wanted = false;
  #timer;
  /** @type {AbortController|null} */
  #request = null;

  /** @param {string} url @param {import("./types.js").World} world */
  constructor(url, world) {
    this.url = url;
    this.world = world;
  }

  /** @param {boolean} wanted whether the socket is down and somebody is looking */
  when(wanted) {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    if (wanted) this.#schedule();
    else this.#cancel();
  }

  #schedule() {
    if (this.intervalMs === Infinity) return;
    const waitMs = this.intervalMs * (1 - JITTER + 2 * JITTER * this.world.random());
    this.#timer = this.world.setTimeout(() => this.#ask(), waitMs);
  }

  #cancel() {
    this.world.clearTimeout(this.#timer);
    this.#request?.abort();
    this.#request = null;
  }

  async #ask() {
    const request = new AbortController();
    this.#request = request;
    this.#timer = this.world.setTimeout(() => request.abort(), FETCH_TIMEOUT_MS);
    const body = await this.#answer(request.signal);
    if (this.#request !== request) return;
    this.#cancel();
    if (body !== null) this.onStats(body);
    this.#schedule();
  }

  /** @returns {Promise<unknown>} null without an answer, which the page already says it lacks */
  async #answer(signal) {
    try {
      const response = await this.world.fetch(this.url, { signal });
      return response.ok ? await response.json() : null;
    } catch {
      return null;
    }
  }
}
