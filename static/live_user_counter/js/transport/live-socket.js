/**
 * Keeps one WebSocket connected: connects, backs off, and detects dead connections. Knows frames,
 * but neither the counts in them nor the elements.
 */
import { InvalidFrame, parseFrame } from "./frames.js";

export const BACKOFF_BASE_MS = 1_000;
export const BACKOFF_MAX_MS = 30_000;
/** A shorter connection counts as a failure: a server that accepts and closes is not hammered. */
export const STABLE_MS = 5_000;
export const OPEN_TIMEOUT_MS = 10_000;
/** Send a ping after this long without a frame. */
export const SILENCE_MS = 30_000;
export const PONG_TIMEOUT_MS = 5_000;

export class LiveSocket {
  /** @type {ConnectionState} */
  state = "idle";
  /** @type {number|null} when the last message arrived; null: never */
  lastReceivedMs = null;

  #browser;
  #getUrl;
  #handlers;
  #socket = null;
  #timer;
  #failures = 0;
  /** The server's `retry` frame sets it, to spread reconnects after a restart. */
  #retryDelayMaxMs = 0;
  #openedMs = Infinity;
  #isPingPending = false;

  /**
   * @param {() => string} getUrl called for each attempt
   * @param {Browser} browser
   * @param {object} handlers
   * @param {(state: ConnectionState) => void} handlers.onStateChange
   * @param {(frame: any) => void} handlers.onFrame
   * @param {(error: unknown) => void} handlers.onError gets invalid frames, and why no connection
   *   can be opened
   */
  constructor(getUrl, browser, handlers) {
    this.#getUrl = getUrl;
    this.#browser = browser;
    this.#handlers = handlers;
  }

  start() {
    if (this.state === "idle") this.#connect();
  }

  stop() {
    this.#discardSocket();
    this.#setState("idle");
  }

  /** Reconnect at once, or ping an open connection: the network may have changed. */
  wake() {
    if (this.state === "waiting") this.#connect();
    else if (this.state === "open") this.#sendPing();
  }

  /** Send over an open connection. @param {object} frame */
  send(frame) {
    this.#socket.send(JSON.stringify(frame));
  }

  #connect() {
    const socket = this.#createSocket();
    if (!socket) return this.#reconnectLater();
    this.#socket = socket;
    socket.onopen = () => this.#handleOpen();
    socket.onmessage = ({ data }) => this.#handleMessage(data);
    socket.onclose = () => this.#reconnectLater();
    this.#setTimer(OPEN_TIMEOUT_MS, () => this.#reconnectLater());
    this.#setState("connecting");
  }

  /** A browser without WebSocket, or a policy against it, fails here. */
  #createSocket() {
    try {
      return new this.#browser.WebSocket(this.#getUrl());
    } catch (error) {
      this.#handlers.onError(error);
      return null;
    }
  }

  #handleOpen() {
    this.#openedMs = this.#browser.now();
    this.#recordReceipt();
    this.#setState("open");
  }

  #handleMessage(data) {
    this.#recordReceipt();
    try {
      const frame = parseFrame(data);
      if (frame.type === "retry") this.#retryDelayMaxMs = frame.after_ms_max;
      else this.#handlers.onFrame(frame);
    } catch (error) {
      if (!(error instanceof InvalidFrame)) throw error;
      this.#handlers.onError(error);
    }
  }

  #recordReceipt() {
    this.#isPingPending = false;
    this.lastReceivedMs = this.#browser.now();
    this.#setTimer(SILENCE_MS, () => this.#sendPing());
  }

  #sendPing() {
    if (this.#isPingPending) return;
    this.#isPingPending = true;
    this.send({ type: "ping" });
    this.#setTimer(PONG_TIMEOUT_MS, () => this.#reconnectLater());
  }

  /** Wait a random time ("full jitter") up to the backoff, or to the server's delay if longer. */
  #reconnectLater() {
    if (this.#browser.now() - this.#openedMs >= STABLE_MS) this.#failures = 0;
    this.#discardSocket();
    const backoffMs = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** this.#failures);
    this.#failures += 1;
    const delayMs = this.#browser.random() * Math.max(backoffMs, this.#retryDelayMaxMs);
    this.#setTimer(delayMs, () => this.#connect());
    this.#setState("waiting");
  }

  #discardSocket() {
    this.#browser.clearTimeout(this.#timer);
    this.#openedMs = Infinity;
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** The socket has one timer: a new one replaces it. */
  #setTimer(ms, callback) {
    this.#browser.clearTimeout(this.#timer);
    this.#timer = this.#browser.setTimeout(callback, ms);
  }

  #setState(state) {
    this.state = state;
    this.#handlers.onStateChange(state);
  }
}
