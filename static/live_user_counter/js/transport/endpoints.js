/**
 * The addresses of the server. Only the server knows them, and writes them into attributes:
 * `socket` is that of the WebSocket, and `stats` that of the counts.
 */

/** Elements that may have the attributes before their scripts have loaded. */
const ELEMENTS = ["live-user-counter", "live-activity-feed", "live-places"];
const NAMES = ["socket", "stats"];

export class Endpoints {
  #browser;
  #getElements;
  /** The newest address by attribute: the element that named it may have left the page. */
  #known = new Map();

  /**
   * @param {Browser} browser
   * @param {() => Iterable<HTMLElement>} getElements those that may be inside an address
   */
  constructor(browser, getElements) {
    this.#browser = browser;
    this.#getElements = getElements;
  }

  /**
   * @param {string} query begins with a question mark, or is empty
   * @returns {string|null} the URL of the WebSocket; null: the page names none
   */
  buildSocketUrl(query) {
    const address = this.find("socket");
    return address && buildSocketUrl(this.#browser.window.location, address, query);
  }

  /** @param {string} query @returns {string|null} the URL of the counts; null: the page names none */
  buildStatsUrl(query) {
    const address = this.find("stats");
    return address && address + query;
  }

  /** @param {"socket"|"stats"} name @returns {string|null} the address, as an element names it */
  find(name) {
    for (const each of NAMES) {
      const address = this.#findElement(`[${each}]`)?.getAttribute(each);
      if (address) this.#known.set(each, address);
    }
    return this.#known.get(name) ?? null;
  }

  #findElement(selector) {
    const { document } = this.#browser.window;
    const own = [...this.#getElements()].map((element) => element.closest(selector));
    return own.find(Boolean) ?? document.querySelector(ELEMENTS.map((name) => name + selector).join());
  }
}

/**
 * @param {Location} location of the page
 * @param {string} address a path, or a URL
 * @param {string} query begins with a question mark, or is empty
 * @returns {string}
 */
export function buildSocketUrl({ origin }, address, query) {
  return new URL(address, origin).href.replace(/^http/, "ws") + query;
}

/**
 * Return the query of the WebSocket. Chromium sends the opt-out headers with page requests only, so
 * the URL carries the opt-out. For others, it carries the class of the window's width.
 *
 * @param {Window} window
 * @param {Iterable<string>} topics besides those that each connection has
 * @param {string} place encoded already
 */
export function buildQuery({ innerWidth, navigator }, topics, place) {
  const isOptedOut = /** @type {any} */ (navigator).globalPrivacyControl || navigator.doNotTrack === "1";
  const names = [...topics];
  const parameters = [
    isOptedOut ? "&record=no" : describeWidth(innerWidth),
    names.length && `&topics=${["online", "activity", ...names]}`,
    place && `&place=${place}`,
  ];
  return parameters.filter(Boolean).join("").replace("&", "?");
}

/**
 * @param {number} pixels in CSS; 0 if the window was never shown
 * @returns {string} a parameter with the class of the width, or an empty string
 */
function describeWidth(pixels) {
  if (!pixels) return "";
  return `&width=${pixels < 600 ? "small" : pixels < 1024 ? "medium" : "large"}`;
}
