/**
 * The live map of one page: its connection and its state. Connects with the topic `map` only, so
 * that all numbers on the page are of one frame.
 */
import { MAX_HIDDEN_MS } from "../live-page.js";
import { ObservableState } from "../state/observable-state.js";
import { LiveSocket } from "../transport/live-socket.js";
import { checkMap, parseMap, parseSeries } from "./map-frame.js";
import { INITIAL_MAP, reduceMap } from "./map-state.js";

const TICK_MS = 1_000;
/** The code of the `error` frame for somebody who may not watch. */
const NOT_PERMITTED = "not-permitted";

export class LiveMap {
  #browser;
  #rootPath;
  #view;
  #page;
  #map = new ObservableState(reduceMap, INITIAL_MAP);
  #socket;
  #hiddenTimer;

  /**
   * @param {Page} page of which only the error handling is used
   * @param {string} rootPath below which the server is mounted
   * @param {MapRenderer} view
   */
  constructor(page, rootPath, view) {
    this.#page = page;
    this.#browser = page.browser;
    this.#rootPath = rootPath;
    this.#view = view;
    this.#socket = new LiveSocket(() => this.#buildUrl(), page.browser, {
      onStateChange: (connection) => this.#map.dispatch({ type: "connection", connection }),
      onFrame: (frame) => page.attempt(() => this.#handleFrame(frame)),
      onError: (error) => page.report(error),
    });
  }

  get state() {
    return this.#map.state;
  }

  /**
   * @param {string} [frame] the text that the page contains
   * @param {string} [series]
   */
  start(frame, series) {
    const { window } = this.#browser;
    const { document } = window;
    this.#page.attempt(() => {
      if (series) this.#map.dispatch({ type: "series", series: parseSeries(series) });
    });
    this.#page.attempt(() => {
      if (frame) this.#apply(parseMap(frame), true);
    });
    this.#map.subscribe(() => this.#render());
    window.addEventListener("pagehide", () => this.#socket.stop());
    window.addEventListener("pageshow", () => this.#socket.start());
    window.addEventListener("online", () => this.#socket.wake());
    document.addEventListener("visibilitychange", () => this.#handleVisibility());
    this.#socket.start();
    this.#tick();
  }

  /** The map leaves no page view: a monitor on a wall is not a visit. */
  #buildUrl() {
    const { origin } = this.#browser.window.location;
    const query = "?topics=map&record=no";
    return `${origin.replace(/^http/, "ws")}${this.#rootPath}/ws/landing/${query}`;
  }

  #handleFrame(frame) {
    if (frame.type === "map") this.#apply(checkMap(frame));
    else if (frame.type === "error" && frame.code === NOT_PERMITTED) {
      this.#map.dispatch({ type: "refused" });
    }
  }

  #apply(frame, isCached = false) {
    const nowMs = this.#browser.now();
    this.#map.dispatch({ type: "frame", frame, nowMs, isCached, isHeld: this.#view.isHeld });
  }

  /** Time alone changes ages, and makes a new order due. */
  #tick() {
    const nowMs = this.#browser.now();
    this.#page.attempt(() => {
      this.#map.dispatch({ type: "tick", nowMs, isHeld: this.#view.isHeld });
    });
    this.#render();
    this.#browser.setTimeout(() => this.#tick(), TICK_MS);
  }

  #handleVisibility() {
    this.#browser.clearTimeout(this.#hiddenTimer);
    if (this.#browser.window.document.hidden) {
      this.#hiddenTimer = this.#browser.setTimeout(() => this.#socket.stop(), MAX_HIDDEN_MS);
    } else if (this.#socket.state === "idle") this.#socket.start();
    else this.#socket.wake();
  }

  #render() {
    this.#page.attempt(() => this.#view.render(this.#map.state, this.#browser.now()));
  }
}

/**
 * @typedef {object} MapRenderer
 * @property {boolean} isHeld whether the rows must not move
 * @property {(state: import("./map-state.js").MapState, nowMs: number) => void} render
 */
