/** Fetches one part of the dashboard again and again, and puts it in the old one's place. */

const TIMEOUT_MS = 10_000;

export class Refresher {
  /**
   * @param {string} part the server's name of it
   * @param {number} everyMs
   * @param {Document} document
   * @param {World} world
   * @param {(root: ParentNode) => void} [then] makes what is new work
   */
  constructor(part, everyMs, document, world, then = () => {}) {
    this.part = part;
    this.everyMs = everyMs;
    this.document = document;
    this.world = world;
    this.then = then;
  }

  start() {
    this.world.setTimeout(() => this.#again(), this.everyMs);
  }

  async #again() {
    try {
      if (!this.document.hidden) this.#replace(await this.#fetched());
    } catch (error) {
      this.world.warn(`A part of the dashboard cannot be shown: ${error.message}`);
    }
    this.start();
  }

  /** @returns {Promise<string>} empty without an answer: the page goes on saying how old it is */
  async #fetched() {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const answer = await this.world.fetch(`?part=${this.part}`, { signal, redirect: "error" });
      return answer.ok ? await answer.text() : "";
    } catch {
      return "";
    }
  }

  /** @param {string} html elements with an id each */
  #replace(html) {
    const template = this.document.createElement("template");
    template.innerHTML = html;
    for (const fresh of [...template.content.children]) {
      const old = this.document.getElementById(fresh.id);
      if (!old || isInUse(old)) continue;
      old.replaceWith(fresh);
      this.then(fresh);
    }
  }
}

/** Whether somebody reads in it or walks through it just now. */
function isInUse(element) {
  return element.querySelector("[data-reading], details[open], :focus-visible") !== null;
}
