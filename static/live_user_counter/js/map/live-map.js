/**
 * The live map of one page: its connection and its state. Connects with the topic `map` only, so
 * that all numbers on the page are of one frame.
 */
import { MAX_HIDDEN_MS } from "../live-page.js";
import { ObservableState } from "../state/observable-state.js";
import { buildSocketUrl } from "../transport/endpoints.js";
import { LiveSocket } from "../transport/live-socket.js";
import { checkMap, parseMap, parseSeries } from "./map-frame.js";
import { INITIAL_MAP, reduceMap } from "./map-state.js";

const TICK_MS = 1_000;
/** The code of the `error` frame for somebody who may not watch. */
const NOT_PERMITTED = "not-permitted";

export class LiveMap {
  #browser;
  #address;
  #view;
  #page;
  #map = new ObservableState(reduceMap, INITIAL_MAP);
  #socket;
  #hiddenTimer;

  /**
   * @param {Page} page of which only the error handling is used
   * @param {string|null} address of the WebSocket; null: the map keeps its first numbers
   * @param {MapRenderer} view
   */
  constructor(page, address, view) {
    this.#page = page;
    this.#browser = page.browser;
    this.#address = address;
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
    if (this.#address !== null) this.#connect(window, document);
    this.#tick();
  }

  #connect(window, document) {
    window.addEventListener("pagehide", () => this.#socket.stop());
    window.addEventListener("pageshow", () => this.#socket.start());
    window.addEventListener("online", () => this.#socket.wake());
    document.addEventListener("visibilitychange", () => this.#handleVisibility());
    this.#socket.start();
  }

  /** The map leaves no page view: a monitor on a wall is not a visit. */
  #buildUrl() {
    return buildSocketUrl(this.#browser.window.location, this.#address, "?topics=map&record=no");
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
