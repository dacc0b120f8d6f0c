/**
 * What a screen reader is told of a feed: the newest activity and how many others there were, at
 * most once in a while, and nothing that was taken back.
 */
import { Announcer } from "./announcer.js";
import { holds } from "./stores/activity-store.js";

export const NEWS_EVERY_MS = 10_000;

export class FeedNews {
  /** @type {Activity[]} */
  #untold = [];
  /** @type {Activity|undefined} */
  #told;

  /**
   * @param {(newest?: Activity, others?: number) => void} tell without an activity: unsay the last
   * @param {World} world
   */
  constructor(tell, world) {
    this.tell = tell;
    this.announcer = new Announcer(() => this.#speak(), world, NEWS_EVERY_MS);
  }

  /** @param {Activity[]} fresh newest first @param {Activity[]} items all that is known */
  hear(fresh, items) {
    this.#untold = [...fresh, ...this.#untold].filter((item) => holds(items, item));
    if (fresh.length > 0) this.announcer.say("");
    if (this.#told && !holds(items, this.#told)) this.tell((this.#told = undefined));
  }

  stop() {
    this.announcer.stop();
  }

  #speak() {
    const [newest, ...others] = this.#untold.splice(0);
    if (newest) this.tell((this.#told = newest), others.length);
  }
}
