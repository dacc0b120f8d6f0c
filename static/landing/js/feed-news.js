/**
 * What a screen reader is told of a feed: the newest activity and how many others there were, at
 * most once in a while, and nothing that was taken back.
 */
import { holds } from "./stores/activity-store.js";

export const NEWS_EVERY_MS = 10_000;

export class FeedNews {
  #timer;
  /** @type {Activity[]} */
  #untold = [];
  /** @type {Activity|null} */
  #told = null;

  /**
   * @param {(newest: Activity|null, others?: number) => void} tell null: unsay the last one
   * @param {World} world
   */
  constructor(tell, world) {
    this.tell = tell;
    this.world = world;
  }

  /** @param {Activity[]} fresh newest first @param {Activity[]} items all that is known */
  hear(fresh, items) {
    this.#untold = [...fresh, ...this.#untold].filter((item) => holds(items, item));
    if (fresh.length) this.#timer ??= this.world.setTimeout(() => this.#speak(), NEWS_EVERY_MS);
    if (this.#told && !holds(items, this.#told)) this.tell((this.#told = null));
  }

  stop() {
    this.world.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #speak() {
    this.#timer = undefined;
    const [newest, ...others] = this.#untold.splice(0);
    if (newest) this.tell((this.#told = newest), others.length);
  }
}
