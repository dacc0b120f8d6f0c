/** Fetches one part of the dashboard periodically and replaces the old elements. */

export class PartRefresher {
  #part;
  #intervalMs;
  #document;
  #browser;
  #loadDocument;
  #onReplace;

  /**
   * @param {string} part the value of the query parameter `part`
   * @param {number} intervalMs
   * @param {Document} document
   * @param {Browser} browser
   * @param {(url: string) => Promise<Document|null>} loadDocument
   * @param {(root: ParentNode) => void} [onReplace] gets each new element
   */
  constructor(part, intervalMs, document, browser, loadDocument, onReplace = () => {}) {
    this.#part = part;
    this.#intervalMs = intervalMs;
    this.#document = document;
    this.#browser = browser;
    this.#loadDocument = loadDocument;
    this.#onReplace = onReplace;
  }

  start() {
    this.#browser.setTimeout(() => this.#refresh(), this.#intervalMs);
  }

  async #refresh() {
    try {
      if (!this.#document.hidden) await this.#replaceElements();
    } catch (error) {
      this.#browser.warn(`Dashboard: cannot refresh "${this.#part}": ${error.message}`);
    }
    this.start();
  }

  /** The part is a list of elements, each with an id. On failure, the old ones show their age. */
  async #replaceElements() {
    // The other parameters select the range.
    const query = new URLSearchParams(this.#document.location?.search);
    query.set("part", this.#part);
    const part = await this.#loadDocument(`?${query}`);
    for (const fresh of [...(part?.body.children ?? [])]) {
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
