/** One timer for all the texts on a page that change with time alone. */

const UNITS_MS = [86_400_000, 3_600_000, 60_000];
/** Under a minute: a list that changes each second cannot be read in peace. */
const CALM_MS = 10_000;

/**
 * The age to tell, which is round, and for how long it stays right.
 *
 * @param {number} ageMs below 0 for what is still to come by this browser's clock
 */
export function calmAge(ageMs) {
  const stepMs = UNITS_MS.find((unitMs) => ageMs >= unitMs) ?? CALM_MS;
  const roundMs = Math.max(0, ageMs - (ageMs % stepMs));
  return { ageMs: roundMs, leftMs: roundMs + stepMs - ageMs };
}

export class Ticker {
  /** Each returns after how many ms it wants to write again. @type {Set<(nowMs: number) => number>} */
  writers = new Set();
  #timer;

  /** @param {World} world */
  constructor(world) {
    this.world = world;
  }

  /** Write all texts now, and again when the first of them is no longer right. */
  tick() {
    const { world } = this;
    world.clearTimeout(this.#timer);
    const waitMs = Math.min(...[...this.writers].map((write) => write(world.now())));
    if (waitMs < Infinity) this.#timer = world.setTimeout(() => this.tick(), waitMs);
  }
}
