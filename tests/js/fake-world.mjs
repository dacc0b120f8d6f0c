/** The browser as the modules see it, with time, chance and network in the test's hands. */

export class FakeWebSocket {
  sent = [];
  closed = false;

  constructor(url) {
    this.url = url;
  }

  send(text) {
    this.sent.push(text);
  }

  close() {
    this.closed = true;
  }

  /** The server accepts. */
  accept() {
    this.onopen?.();
  }

  /** The server says this. */
  say(frame) {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }

  /** The other side is gone. */
  end(code = 1006) {
    this.onclose?.({ code });
  }
}

/** A clock that stands still until a test moves it, and the timers that hang on it. */
export class FakeClock {
  nowMs = 1_000_000_000_000;
  #timers = new Map();
  #lastId = 0;

  set(then, ms) {
    this.#lastId += 1;
    this.#timers.set(this.#lastId, { then, atMs: this.nowMs + ms });
    return this.#lastId;
  }

  clear(id) {
    this.#timers.delete(id);
  }

  /** How long until each timer fires, the next one first. */
  get waitsMs() {
    const waits = [...this.#timers.values()].map(({ atMs }) => atMs - this.nowMs);
    return waits.sort((a, b) => a - b);
  }

  /** The machine sleeps: what became due meanwhile happens late, and once. */
  sleep(ms) {
    this.nowMs += ms;
    for (const [id, { then, atMs }] of [...this.#timers]) {
      if (atMs <= this.nowMs && this.#timers.delete(id)) then();
    }
  }

  pass(ms) {
    const endMs = this.nowMs + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { atMs }]) => atMs <= endMs);
      if (due.length === 0) break;
      const [id, { then, atMs }] = due.sort(([, a], [, b]) => a.atMs - b.atMs)[0];
      this.#timers.delete(id);
      this.nowMs = atMs;
      then();
    }
    this.nowMs = endMs;
  }
}

class FakeWindow extends EventTarget {
  location = { origin: "https://example.org" };
  navigator = { onLine: true };
  document = Object.assign(new EventTarget(), { hidden: false });

  happens(type) {
    this.dispatchEvent(new Event(type));
  }

  becomes(visibility) {
    this.document.hidden = visibility === "hidden";
    this.document.dispatchEvent(new Event("visibilitychange"));
  }
}

export class FakeWorld {
  clock = new FakeClock();
  window = new FakeWindow();
  sockets = [];
  requests = [];
  warnings = [];
  /** What `random` gives: 1 makes every delay the longest possible. */
  chance = 1;
  /** What the next requests are answered with. */
  answer = () => Promise.reject(new TypeError("no network"));

  constructor() {
    const { sockets } = this;
    this.WebSocket = class extends FakeWebSocket {
      constructor(url) {
        super(url);
        sockets.push(this);
      }
    };
    this.setTimeout = (then, ms) => this.clock.set(then, ms);
    this.clearTimeout = (id) => this.clock.clear(id);
    this.now = () => this.clock.nowMs;
    this.random = () => this.chance;
    this.warn = (text) => this.warnings.push(text);
    this.fetch = (url) => {
      this.requests.push(url);
      return this.answer();
    };
  }

  /** The newest socket. */
  get socket() {
    return this.sockets.at(-1);
  }

  pass(ms) {
    this.clock.pass(ms);
  }
}

/** Lets what was promised happen. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A `connection-count` frame. */
export const countFrame = (changes = {}) => ({
  type: "connection-count",
  count: 23,
  people: 17,
  signed_in: 4,
  anonymous: 13,
  active: 31,
  source: "live",
  version: 100,
  timestamp: "2026-01-31T12:00:00.123Z",
  ...changes,
});

/** What the stats API answers. */
export const statsText = (changes = {}) => JSON.stringify(statsBody(changes));

const statsBody = (changes) => ({
  active_users_now: 31,
  window_minutes: 15,
  online: { people: 17, connections: 23, signed_in: 4, anonymous: 13 },
  today: { visitors: 412, page_views: 980, peak_people: null },
  source: "live",
  as_of: "2026-01-31T12:00:00.123Z",
  version: 100,
  ...changes,
});

/** An activity; the higher its id, the later it happened. */
export const happening = (id, changes = {}) => ({
  id,
  kind: "signup",
  text: `text ${id}`,
  actor: "Ana",
  timestamp: new Date(1_769_860_800_000 + id * 1000).toISOString(),
  ...changes,
});

/** Some of these, newest first. */
export const happenings = (...ids) => ids.map((id) => happening(id));

export const idsOf = (items) => items.map(({ id }) => id);
