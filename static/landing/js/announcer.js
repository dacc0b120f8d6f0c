/** Speaks through a polite live region: the latest text, at most once in a while. */

export const ANNOUNCE_EVERY_MS = 30_000;

export class Announcer {
  #timer;
  #text = "";

  /** @param {(text: string) => void} speak @param {World} world */
  constructor(speak, world) {
    this.speak = speak;
    this.world = world;
    this.spokeMs = world.now();
  }

  /** @param {string} text */
  say(text) {
    this.#text = text;
    const waitMs = Math.max(0, this.spokeMs + ANNOUNCE_EVERY_MS - this.world.now());
    this.#timer ??= this.world.setTimeout(() => this.#speak(), waitMs);
  }

  stop() {
    this.world.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #speak() {
    this.#timer = undefined;
    this.spokeMs = this.world.now();
    this.speak(this.#text);
  }
}
