/**
 * The transport: one WebSocket that is kept open. Owns connecting, backing off and noticing that
 * the other side is gone; knows neither numbers nor elements.
 */
import { BadFrame, parseFrame } from "./frames.js";

export const BACKOFF_BASE_MS = 1_000;
export const BACKOFF_MAX_MS = 30_000;
/** Ending sooner counts as one more failure, so that accept-and-close is no tight loop. */
export const STABLE_MS = 5_000;
export const OPEN_TIMEOUT_MS = 10_000;
/** After this long without a word we ask; without an answer the other side is gone. */
export const SILENCE_MS = 30_000;
export const PONG_TIMEOUT_MS = 5_000;

export class LiveSocket {
  /** @type {LinkState} */
  state = "idle";
  /** @type {number|null} when the server last spoke; null: never */
  heardMs = null;
  onFrame;
  onBadFrame;
  onState;

  #socket = null;
  #timer;
  #failures = 0;
  #spreadMs = 0;
  #openedMs = Infinity;
  #asked = false;

  /** @param {string} url @param {World} world */
  constructor(url, world) {
    this.url = url;
    this.world = world;
  }

  start() {
    if (this.state === "idle") this.#connect();
  }

  stop() {
    this.#drop();
    this.#enter("idle");
  }

  /** Something suggests that the network came back, or went: find out now. */
  wake() {
    if (this.state === "waiting") this.#connect();
    else if (this.state === "open") this.#ask();
  }

  #connect() {
    const socket = new this.world.WebSocket(this.url);
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }) => this.#heard(data);
    socket.onclose = () => this.#lost();
    this.#after(OPEN_TIMEOUT_MS, () => this.#lost());
    this.#enter("connecting");
  }

  #opened() {
    this.#openedMs = this.world.now();
    this.#listen();
    this.#enter("open");
  }

  #heard(data) {
    this.#listen();
    try {
      const frame = parseFrame(data);
      if (frame.type === "retry") this.#spreadMs = frame.after_ms_max;
      else this.onFrame(frame);
    } catch (error) {
      if (!(error instanceof BadFrame)) throw error;
      this.onBadFrame(error);
    }
  }

  #listen() {
    this.#asked = false;
    this.heardMs = this.world.now();
    this.#after(SILENCE_MS, () => this.#ask());
  }

  #ask() {
    if (this.#asked) return;
    this.#asked = true;
    this.#socket.send('{"type":"ping"}');
    this.#after(PONG_TIMEOUT_MS, () => this.#lost());
  }

  #lost() {
    if (this.world.now() - this.#openedMs >= STABLE_MS) this.#failures = 0;
    this.#drop();
    const backoffMs = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#after(this.world.random() * Math.max(backoffMs, this.#spreadMs), () => this.#connect());
    this.#enter("waiting");
  }

  #drop() {
    this.world.clearTimeout(this.#timer);
    this.#openedMs = Infinity;
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #after(ms, then) {
    this.world.clearTimeout(this.#timer);
    this.#timer = this.world.setTimeout(then, ms);
  }

  #enter(state) {
    this.state = state;
    this.onState(state);
  }
}
