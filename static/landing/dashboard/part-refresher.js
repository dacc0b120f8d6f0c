/** Fetches one part of the dashboard periodically and replaces the old elements. */
import { createTimeoutSignal } from "../js/transport/stats-poller.js";

const TIMEOUT_MS = 10_000;

export class PartRefresher {
  #part;
  #intervalMs;
  #document;
  #browser;
  #onReplace;

  /**
   * @param {string} part the value of the query parameter `part`
   * @param {number} intervalMs
   * @param {Document} document
   * @param {Browser} browser
   * @param {(root: ParentNode) => void} [onReplace] gets each new element
   */
  constructor(part, intervalMs, document, browser, onReplace = () => {}) {
    this.#part = part;
    this.#intervalMs = intervalMs;
    this.#document = document;
    this.#browser = browser;
    this.#onReplace = onReplace;
  }

  start() {
    this.#browser.setTimeout(() => this.#refresh(), this.#intervalMs);
  }

  async #refresh() {
    try {
      if (!this.#document.hidden) this.#replaceElements(await this.#fetchHtml());
    } catch (error) {
      this.#browser.warn(`Dashboard: cannot refresh "${this.#part}": ${error.message}`);
    }
    this.start();
  }

  /** @returns {Promise<string>} empty on failure: the old part stays and shows its age */
  async #fetchHtml() {
    try {
      const signal = createTimeoutSignal(this.#browser, TIMEOUT_MS);
      const url = `?part=${this.#part}`;
      const response = await this.#browser.fetch(url, { signal, redirect: "error" });
      return response.ok ? await response.text() : "";
    } catch {
      return "";
    }
  }

  /** @param {string} html elements, each with an id */
  #replaceElements(html) {
    const template = this.#document.createElement("template");
    template.innerHTML = html;
    for (const fresh of [...template.content.children]) {
      const old = this.#document.getElementById(fresh.id);
      if (!old || isInUse(old)) continue;
      old.replaceWith(fresh);
      this.#onReplace(fresh);
    }
  }
}

/** Check for an inspected chart, an open table, or keyboard focus. */
function isInUse(element) {
  return element.querySelector("[data-inspected], details[open], :focus-visible") !== null;
}
