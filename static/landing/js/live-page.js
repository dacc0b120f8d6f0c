/**
 * The live side of one page: one socket and one state for all elements. Connects while at least one
 * element is attached, and reacts to the network, to visibility, and to the back-forward cache.
 */
import { reduceActivity } from "./state/activity-state.js";
import { INITIAL_COUNTER, reduceCounter } from "./state/counter-state.js";
import { ObservableState } from "./state/observable-state.js";
import { InvalidFrame, parseStats } from "./transport/frames.js";
import { LiveSocket } from "./transport/live-socket.js";
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
  /** The path below which the server is mounted, as the page last named it. */
  #rootPath = "";
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
    const getStatsUrl = () => `${this.#findRootPath()}/api/landing/stats/`;
    this.#poller = new StatsPoller(getStatsUrl, browser, (...stats) => this.applyStats(...stats));
  }

  /**
   * Keep the page connected for one element.
   *
   * @param {number} intervalMs how often to poll the API while the socket is down
   * @returns {() => void} detach
   */
  attach(intervalMs = Infinity) {
    const element = { intervalMs };
    this.#elements.add(element);
    this.#update();
    return () => {
      this.#elements.delete(element);
      // Moving an element detaches and attaches it in one task: keep the connection.
      queueMicrotask(() => this.#update());
    };
  }

  /**
   * @param {unknown} text a response of the stats API
   * @param {boolean} [isCached] whether it can be old, because a cache or the page contains it
   */
  applyStats(text, isCached) {
    this.attempt(() => this.#applySnapshot(parseStats(text), isCached));
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
    this.#handleNetwork();
    this.#connect();
    this.#handleVisibility();
  }

  #stop() {
    this.#listeners.abort();
    this.#listeners = null;
    this.browser.clearTimeout(this.#hiddenTimer);
    this.#socket.stop();
  }

  /**
   * Chromium sends the opt-out headers with page requests only, so the URL carries the opt-out. For
   * others, it carries the class of the window's width. The place is signed and encoded already.
   */
  #buildSocketUrl() {
    const { document, innerWidth, location, navigator } = this.browser.window;
    const isOptedOut = navigator.globalPrivacyControl || navigator.doNotTrack === "1";
    const query = isOptedOut ? "&record=no" : describeWidth(innerWidth);
    const place = document.querySelector("[words][data-place]")?.dataset.place;
    const path = `${this.#findRootPath()}/ws/landing/`;
    const parameters = query + (place ? `&place=${place}` : "");
    return location.origin.replace(/^http/, "ws") + path + parameters.replace("&", "?");
  }

  /** The elements know it, the scripts do not. The element that named it may have left the page. */
  #findRootPath() {
    const element = this.browser.window.document.querySelector("[root-path]");
    this.#rootPath = element?.getAttribute("root-path") ?? this.#rootPath;
    return this.#rootPath;
  }

  /** A prerendered page has no visitor yet. */
  #connect() {
    if (!this.browser.window.document.prerendering) this.#socket.start();
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
    else this.#socket.wake();
    this.#updatePolling();
  }

  #handleConnection(connection) {
    const { lastReceivedMs } = this.#socket;
    const nowMs = this.browser.now();
    this.counter.dispatch({ type: "connection", connection, nowMs, lastReceivedMs });
    this.#updatePolling();
  }

  #updatePolling() {
    const isDown = ["connecting", "waiting"].includes(this.#socket.state);
    this.#poller.setEnabled(isDown && !this.browser.window.document.hidden);
  }

  #handleFrame(frame) {
    if (frame.type === "connection-count") this.#applySnapshot(frame);
    else this.activity.dispatch(frame);
  }

  #applySnapshot(snapshot, isCached) {
    this.counter.dispatch({ type: "snapshot", snapshot, nowMs: this.browser.now(), isCached });
  }
}

/**
 * @param {number} pixels in CSS; 0 if the window was never shown
 * @returns {string} a parameter with the class of the width, or an empty string
 */
function describeWidth(pixels) {
  if (!pixels) return "";
  return `&width=${pixels < 600 ? "small" : pixels < 1024 ? "medium" : "large"}`;
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
