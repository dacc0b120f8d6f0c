/**
 * Speaks through a polite live region: only of what is large beside what was said last, the
 * latest text, at most once in a while.
 */

export const ANNOUNCE_EVERY_MS = 30_000;
/** A change of the number is large when it is both. */
export const LARGE_COUNT = 5;
export const LARGE_SHARE = 0.1;

export class Announcer {
  /** @type {Heard|null} what a listener knows; at first, what the page said */
  #heard = null;
  #next;
  #timer;

  /** @param {(text: string) => void} speak @param {World} world */
  constructor(speak, world) {
    this.speak = speak;
    this.world = world;
    this.spokeMs = world.now();
  }

  /** @param {Heard} shown what the page shows now @param {string} text the same in words */
  consider(shown, text) {
    this.#heard ??= shown;
    if (!isLarge(this.#heard, shown)) return this.stop();
    this.#next = { shown, text };
    const waitMs = Math.max(0, this.spokeMs + ANNOUNCE_EVERY_MS - this.world.now());
    this.#timer ??= this.world.setTimeout(() => this.#speak(), waitMs);
  }

  /** What was not said yet stays unsaid. */
  stop() {
    this.world.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #speak() {
    this.#timer = undefined;
    this.spokeMs = this.world.now();
    this.#heard = this.#next.shown;
    this.speak(this.#next.text);
  }
}

/** Between words and a number, all is well and trouble, one trouble and another: always large. */
function isLarge(was, is) {
  if (was.below !== is.below || was.trouble !== is.trouble) return true;
  if (is.trouble && was.state !== is.state) return true;
  if (was.value === null || is.value === null) return was.value !== is.value;
  const change = Math.abs(is.value - was.value);
  return !is.below && change >= Math.max(LARGE_COUNT, LARGE_SHARE * was.value);
}
