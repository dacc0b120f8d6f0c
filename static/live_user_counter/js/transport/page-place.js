/**
 * Finds the place that the page shows, and reports it: with the URL of each connection, and in `at`
 * frames when it changes. A place is encoded for a URL, as in the attribute `data-luc-place`.
 */

/** The last place of an interval is sent at its end. */
export const MIN_INTERVAL_MS = 1_000;
/** A longer path has no place. */
const MAX_PATH_LENGTH = 4_000;

export class PagePlace {
  #browser;
  #getElements;
  #send;
  /** The places that elements brought, by element, the newest last. */
  #places = new Map();
  /** The path of the page when its newest place arrived. */
  #path;
  /** The place that the server was sent last. */
  #sent = "";
  #sentMs = -Infinity;
  /** Whether to send a place that the server knows, too. */
  #isDue = false;
  #timer;

  /**
   * @param {Browser} browser
   * @param {() => Iterable<HTMLElement>} getElements those that may have a place
   * @param {(frame: object) => void} send
   */
  constructor(browser, getElements, send) {
    this.#browser = browser;
    this.#getElements = getElements;
    this.#send = send;
  }

  /** @returns {string} the place for the URL of a new connection; an empty text for elsewhere */
  start() {
    this.stop();
    return (this.#sent = this.#find());
  }

  stop() {
    this.#isDue = false;
    this.#browser.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /**
   * Send the place over the open connection if it has changed.
   *
   * @param {boolean} [isSeen] whether the visitor has just turned to this page: send it in any case
   */
  update(isSeen = false) {
    this.#isDue ||= isSeen;
    const place = this.#find();
    if (this.#timer !== undefined || (place === this.#sent && !this.#isDue)) return;
    const nowMs = this.#browser.now();
    const delayMs = Math.min(MIN_INTERVAL_MS, this.#sentMs + MIN_INTERVAL_MS - nowMs);
    if (delayMs > 0) {
      this.#timer = this.#browser.setTimeout(() => this.#finishInterval(), delayMs);
      return;
    }
    this.#isDue = false;
    this.#sent = place;
    this.#sentMs = nowMs;
    this.#send({ type: "at", path: decodeURIComponent(place) });
  }

  #finishInterval() {
    this.#timer = undefined;
    this.#sentMs = -Infinity;
    this.update();
  }

  /**
   * The newest place is that of the page: new content arrives while an older element stays. The
   * server accepts the path of a page without one only if the page has `unsigned-places`.
   */
  #find() {
    const { document, location } = this.#browser.window;
    this.#collect(document, location);
    const isUnsigned = location.pathname !== this.#path && document.querySelector("[unsigned-places]");
    if (!isUnsigned) return [...this.#places.values()].at(-1) ?? "";
    return location.pathname.length > MAX_PATH_LENGTH ? "" : encodeURIComponent(location.pathname);
  }

  #collect(document, { pathname }) {
    // The first one may be an element whose script is still loading.
    const first = document.querySelector("[words][data-luc-place]");
    const elements = new Set([first, ...this.#getElements()].filter(Boolean));
    for (const element of this.#places.keys()) {
      if (!elements.has(element)) this.#places.delete(element);
    }
    for (const element of elements) {
      const place = parsePlace(element.dataset.lucPlace);
      if (place === this.#places.get(element)) continue;
      this.#places.delete(element);
      if (place === undefined) continue;
      this.#places.set(element, place);
      this.#path = pathname;
    }
  }
}

/**
 * Check an attribute, which a page may have written by hand.
 *
 * @param {string|undefined} text
 * @returns {string|undefined} the place for a URL; undefined: there is none, or it cannot be decoded
 */
function parsePlace(text) {
  try {
    decodeURIComponent(text ?? "");
  } catch {
    return undefined;
  }
  // These would end the parameter of a URL, or mean a space.
  return text?.replace(/[#&+]/g, encodeURIComponent);
}
