/**
 * The live side of one page: one socket and one state for all elements. Connects while at least one
 * element is attached, and reacts to the network, to visibility, and to the back-forward cache.
 */
import { reduceActivity } from "./state/activity-state.js";
import { INITIAL_COUNTER, reduceCounter } from "./state/counter-state.js";
import { ObservableState } from "./state/observable-state.js";
import { Endpoints, buildQuery } from "./transport/endpoints.js";
import { InvalidFrame, parseFields, parseStats } from "./transport/frames.js";
import { LiveSocket } from "./transport/live-socket.js";
import { PagePlace } from "./transport/page-place.js";
import { StatsPoller } from "./transport/stats-poller.js";

/** A tab that was hidden for this long disconnects until it is visible again. */
export const MAX_HIDDEN_MS = 1_800_000;
/** The property of the window with its page. */
const PAGE = Symbol.for("landing.page");

export class LivePage {
  #elements = new Set();
  /** Removes all event listeners. @type {AbortController|null} */
  #listeners = null;
  /** The errors that the console has shown. */
  #reported = new Set();
  #hiddenTimer;
  /** Whether the connection waits for an element that names its address. */
  #isWaiting = false;
  /** The topics of the connection, besides those that each one has. */
  #topics = new Set();
  #endpoints;
  #place;
  #socket;
  #poller;

  /** @param {Browser} browser */
  constructor(browser) {
    this.browser = browser;
    this.counter = new ObservableState(reduceCounter, INITIAL_COUNTER);
    this.activity = new ObservableState(reduceActivity, { items: [] });
    this.#socket = new LiveSocket(() => this.#buildSocketUrl(), browser, {
      onStateChange: (state) => this.#handleConnection(state),
      onFrame: (frame) => this.attempt(() => this.#handleFrame(frame)),
      onError: (error) => this.report(error),
    });
    const findElements = () => [...this.#elements].map(({ element }) => element).filter(Boolean);
    this.#endpoints = new Endpoints(browser, findElements);
    this.#place = new PagePlace(browser, findElements, (frame) => this.#socket.send(frame));
    const onStats = (...stats) => this.applyStats(...stats);
    this.#poller = new StatsPoller(() => this.#buildStatsUrl(), browser, onStats);
  }

  /**
   * Keep the page connected for one element.
   *
   * @param {number} intervalMs how often to poll the API while the socket is down
   * @param {Attachment} options
   * @returns {() => void} detach
   */
  attach(intervalMs = Infinity, options = {}) {
    const attached = { intervalMs, ...options };
    this.#elements.add(attached);
    this.#update();
    return () => {
      this.#elements.delete(attached);
      // Moving an element detaches and attaches it in one task: keep the connection.
      queueMicrotask(() => this.#update());
    };
  }

  /** Report the place of the page if it has changed, or connect if an address has arrived. */
  updatePlace() {
    if (this.#isWaiting) this.#connect();
    else if (this.#socket.state === "open") this.attempt(() => this.#place.update());
  }

  /**
   * @param {unknown} text a response of the stats API
   * @param {boolean} [isCached] whether it can be old, because a cache or the page contains it
   */
  applyStats(text, isCached) {
    this.attempt(() => {
      const { here, ...snapshot } = parseStats(text);
      this.#applySnapshot(snapshot, isCached);
      const { place } = this.counter.state.here ?? {};
      if (place && here !== undefined) this.#applyHere({ ...snapshot, place, people: here }, isCached);
    });
  }

  /** @param {unknown} text the fields of a `place-count` frame, which the page contains */
  applyPlaceCount(text) {
    this.attempt(() => this.#applyHere(parseFields("place-count", text), true));
  }

  /**
   * Run something whose failure must not stop anything else.
   *
   * @param {() => void} run
   * @returns {boolean} whether it succeeded
   */
  attempt(run) {
    try {
      run();
      return true;
    } catch (error) {
      this.report(error);
      return false;
    }
  }

  /** Write an error to the console, once. Invalid data is one error. @param {unknown} error */
  report(error) {
    const kind = error instanceof InvalidFrame ? "invalid data" : String(error);
    if (this.#reported.has(kind)) return;
    this.#reported.add(kind);
    this.browser.warn(`Live counter: ${kind}`, error);
  }

  #update() {
    const { size } = this.#elements;
    this.#poller.setInterval(Math.min(...[...this.#elements].map(({ intervalMs }) => intervalMs)));
    if (size && !this.#listeners) this.#start();
    else if (!size && this.#listeners) this.#stop();
    this.#updateTopics();
    this.updatePlace();
  }

  /** Subscribe to what the elements show now, and to nothing else. */
  #updateTopics() {
    if (this.#socket.state !== "open") return;
    const topics = this.#findTopics();
    const send = (verb, topic) => this.#socket.send({ type: `${verb}-${topic}` });
    for (const topic of topics) if (!this.#topics.has(topic)) send("subscribe", topic);
    for (const topic of this.#topics) if (!topics.has(topic)) send("unsubscribe", topic);
    this.#topics = topics;
  }

  #findTopics() {
    return new Set([...this.#elements].map(({ topic }) => topic).filter(Boolean));
  }

  #start() {
    this.#listeners = new AbortController();
    const { signal } = this.#listeners;
    const on = (target, type, handle) => target.addEventListener(type, handle, { signal });
    const { window } = this.browser;
    const { document } = window;
    on(window, "pagehide", () => this.#socket.stop());
    on(window, "pageshow", () => this.#connect());
    on(document, "prerenderingchange", () => this.#connect());
    on(window, "online", () => this.#handleNetwork());
    on(window, "offline", () => this.#handleNetwork());
    on(document, "visibilitychange", () => this.#handleVisibility());
    const { navigation } = /** @type {any} */ (window);
    if (navigation) on(navigation, "currententrychange", () => this.updatePlace());
    else on(window, "popstate", () => this.updatePlace());
    this.#handleNetwork();
    this.#connect();
    this.#handleVisibility();
  }

  #stop() {
    this.#listeners.abort();
    this.#listeners = null;
    this.#isWaiting = false;
    this.browser.clearTimeout(this.#hiddenTimer);
    this.#socket.stop();
  }

  #buildSocketUrl() {
    const place = this.#place.start();
    this.#topics = this.#findTopics();
    return this.#endpoints.buildSocketUrl(buildQuery(this.browser.window, this.#topics, place));
  }

  #buildStatsUrl() {
    const { place } = this.counter.state.here ?? {};
    const isHere = place && this.#findTopics().has("here");
    return this.#endpoints.buildStatsUrl(isHere ? `?place=${encodeURIComponent(place)}` : "");
  }

  /** A prerendered page has no visitor yet. A page that names no address keeps its first counts. */
  #connect() {
    if (this.browser.window.document.prerendering) return;
    const isStatic = this.#endpoints.find("socket") === null;
    this.#isWaiting = isStatic;
    this.counter.dispatch({ type: "endpoint", isStatic });
    if (!isStatic) this.#socket.start();
  }

  #handleNetwork() {
    const isOnline = this.browser.window.navigator.onLine !== false;
    this.counter.dispatch({ type: "network", isOnline });
    if (isOnline || this.#socket.state === "open") this.#socket.wake();
  }

  #handleVisibility() {
    const { browser } = this;
    browser.clearTimeout(this.#hiddenTimer);
    if (browser.window.document.hidden) {
      this.#hiddenTimer = browser.setTimeout(() => this.#socket.stop(), MAX_HIDDEN_MS);
    } else if (this.#socket.state === "idle") this.#connect();
    else {
      if (this.#socket.state === "open") this.attempt(() => this.#place.update(true));
      this.#socket.wake();
    }
    this.#updatePolling();
  }

  #handleConnection(connection) {
    const { lastReceivedMs } = this.#socket;
    const nowMs = this.browser.now();
    this.counter.dispatch({ type: "connection", connection, nowMs, lastReceivedMs });
    this.#updatePolling();
    if (connection === "open") this.#updateTopics();
    else this.#place.stop();
    this.updatePlace();
  }

  #updatePolling() {
    const isDown = ["connecting", "waiting"].includes(this.#socket.state);
    this.#poller.setEnabled(isDown && !this.browser.window.document.hidden);
  }

  #handleFrame(frame) {
    // Without the Navigation API, nothing else shows that a script has changed the address.
    if (!("navigation" in this.browser.window)) this.updatePlace();
    if (frame.type === "connection-count") this.#applySnapshot(frame);
    else if (frame.type === "place-count") this.#applyHere(frame);
    else this.activity.dispatch(frame);
    for (const { onFrame } of this.#elements) onFrame?.(frame);
  }

  #applyHere(here, isCached) {
    this.counter.dispatch({ type: "here", here, isCached });
  }

  #applySnapshot(snapshot, isCached) {
    this.counter.dispatch({ type: "snapshot", snapshot, nowMs: this.browser.now(), isCached });
  }
}

/**
 * Return the connection of this page. It stays the same one if the scripts are loaded again under
 * another address, as after a deploy.
 *
 * @param {any} window
 * @returns {LivePage}
 */
export function sharePage(window) {
  return (window[PAGE] ??= new LivePage(createBrowser(window)));
}

/** @returns {Browser} what the browser lacks is undefined */
function createBrowser(window) {
  return {
    window,
    WebSocket: window.WebSocket,
    fetch: window.fetch?.bind(window),
    setTimeout: window.setTimeout.bind(window),
    clearTimeout: window.clearTimeout.bind(window),
    now: Date.now,
    random: Math.random,
    warn: console.warn,
  };
}
