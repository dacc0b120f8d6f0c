/**
 * One page's live side: one socket for all elements, open from the first to the last of them, and
 * what the browser tells of network, visibility and its back-forward cache.
 */
import { BadFrame, parseStats } from "./frames.js";
import { LiveSocket } from "./live-socket.js";
import { StatsPoller } from "./stats-poller.js";
import { reduceActivity } from "./stores/activity-store.js";
import { INITIAL_COUNTER, reduceCounter } from "./stores/counter-store.js";
import { Store } from "./stores/store.js";

/** A tab that nobody has looked at for this long is left alone until somebody does. */
export const PAUSE_HIDDEN_MS = 1_800_000;

export class LivePage {
  #members = new Set();
  /** @type {AbortController|null} */
  #listening = null;
  #complained = false;
  #unseen;

  /** @param {World} world */
  constructor(world) {
    this.world = world;
    this.counter = new Store(reduceCounter, INITIAL_COUNTER);
    this.activity = new Store(reduceActivity, { items: [] });
    const { location, navigator } = world.window;
    const origin = location.origin.replace(/^http/, "ws");
    // Chromium says this when it asks for a page, and not when it opens a socket.
    const leaveOut = navigator.globalPrivacyControl || navigator.doNotTrack === "1";
    const url = `${origin}/ws/landing/${leaveOut ? "?record=no" : ""}`;
    this.socket = new LiveSocket(url, world);
    this.socket.onState = (link) => this.#linked(link);
    this.socket.onFrame = (frame) => this.#received(frame);
    this.socket.onBadFrame = (error) => this.#refused(error);
    this.poller = new StatsPoller("/api/landing/stats/", world);
    this.poller.onStats = (text) => this.seed(text);
  }

  /**
   * @param {number} intervalMs how often to ask the API while the socket is down
   * @returns {() => void} leaves again
   */
  join(intervalMs = Infinity) {
    const member = { intervalMs };
    this.#members.add(member);
    this.#settle();
    return () => {
      this.#members.delete(member);
      // An element that is only moved leaves and joins in one go: no reason to hang up.
      queueMicrotask(() => this.#settle());
    };
  }

  /** @param {unknown} text a snapshot as the API answers it: server-rendered or polled */
  seed(text) {
    try {
      this.#count(parseStats(text));
    } catch (error) {
      this.#refused(error);
    }
  }

  #settle() {
    this.poller.every(Math.min(...[...this.#members].map((member) => member.intervalMs)));
    if (this.#members.size > 0 && !this.#listening) this.#begin();
    else if (this.#members.size === 0 && this.#listening) this.#end();
  }

  #begin() {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const on = (target, type, then) => target.addEventListener(type, then, { signal });
    const { window } = this.world;
    on(window, "pagehide", () => this.socket.stop());
    on(window, "pageshow", () => this.#open());
    on(window.document, "prerenderingchange", () => this.#open());
    on(window, "online", () => this.#network());
    on(window, "offline", () => this.#network());
    on(window.document, "visibilitychange", () => this.#looked());
    this.#network();
    this.#open();
    this.#looked();
  }

  /** Nobody is on a page that is only fetched ahead. */
  #open() {
    if (!this.world.window.document.prerendering) this.socket.start();
  }

  #end() {
    this.#listening.abort();
    this.#listening = null;
    this.world.clearTimeout(this.#unseen);
    this.socket.stop();
  }

  #network() {
    const online = this.world.window.navigator.onLine;
    this.counter.dispatch({ type: "network", online });
    if (online || this.socket.state === "open") this.socket.wake();
  }

  #looked() {
    this.world.clearTimeout(this.#unseen);
    if (!this.#visible()) {
      this.#unseen = this.world.setTimeout(() => this.socket.stop(), PAUSE_HIDDEN_MS);
    } else if (this.socket.state === "idle") this.#open();
    else this.socket.wake();
    this.#poll();
  }

  #linked(link) {
    const { heardMs } = this.socket;
    this.counter.dispatch({ type: "link", link, nowMs: this.world.now(), heardMs });
    this.#poll();
  }

  #poll() {
    const down = this.socket.state === "connecting" || this.socket.state === "waiting";
    this.poller.when(down && this.#visible());
  }

  #visible() {
    return !this.world.window.document.hidden;
  }

  #received(frame) {
    if (frame.type === "connection-count") this.#count(frame);
    else this.activity.dispatch(frame);
  }

  #count(numbers) {
    this.counter.dispatch({ type: "numbers", numbers, nowMs: this.world.now() });
  }

  #refused(error) {
    if (!(error instanceof BadFrame)) throw error;
    if (!this.#complained) this.world.warn(`The live counter cannot read: ${error.message}`);
    this.#complained = true;
  }
}
