/** A test double of the browser: the test controls time, randomness, and the network. */

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

  /** The server accepts the connection. */
  accept() {
    this.onopen?.();
  }

  /** A message arrives from the server. */
  receive(frame) {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }

  /** The connection closes or cannot be opened. */
  fail(code = 1006) {
    this.onclose?.({ code });
  }
}

/** A clock that a test advances, with its timers. */
export class FakeClock {
  nowMs = 1_000_000_000_000;
  #timers = new Map();
  #lastId = 0;

  set(callback, ms) {
    this.#lastId += 1;
    this.#timers.set(this.#lastId, { callback, dueMs: this.nowMs + ms });
    return this.#lastId;
  }

  clear(id) {
    this.#timers.delete(id);
  }

  /** Delays until each timer fires, the shortest first. */
  get delaysMs() {
    const delays = [...this.#timers.values()].map(({ dueMs }) => dueMs - this.nowMs);
    return delays.sort((a, b) => a - b);
  }

  /** Suspend the machine: timers that became due fire late, and once. */
  sleep(ms) {
    this.nowMs += ms;
    for (const [id, { callback, dueMs }] of [...this.#timers]) {
      if (dueMs <= this.nowMs && this.#timers.delete(id)) callback();
    }
  }

  advance(ms) {
    const endMs = this.nowMs + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { dueMs }]) => dueMs <= endMs);
      if (due.length === 0) break;
      const [id, { callback, dueMs }] = due.sort(([, a], [, b]) => a.dueMs - b.dueMs)[0];
      this.#timers.delete(id);
      this.nowMs = dueMs;
      callback();
    }
    this.nowMs = endMs;
  }
}

/** The addresses of the server, as an element of the page names them. */
export const ADDRESSES = { socket: "/ws/landing/", stats: "/api/landing/stats/" };

/** Create an element of the page, with a place and with the addresses of the server. */
export function makeElement(place, addresses = ADDRESSES) {
  const findName = (selector) => selector.match(/\[(\w+)\]/)[1];
  const element = {
    dataset: { lucPlace: place },
    closest: (selector) => (findName(selector) in addresses ? element : null),
    getAttribute: (name) => addresses[name] ?? null,
  };
  return element;
}

class FakeWindow extends EventTarget {
  location = { origin: "https://example.org", pathname: "/" };
  navigator = { onLine: true };
  document = Object.assign(new EventTarget(), {
    hidden: false,
    querySelector: (selector) => (/\[(?:socket|stats)\]/.test(selector) ? makeElement() : null),
  });

  dispatch(type) {
    this.dispatchEvent(new Event(type));
  }

  setVisibility(visibility) {
    this.document.hidden = visibility === "hidden";
    this.document.dispatchEvent(new Event("visibilitychange"));
  }
}

export class FakeBrowser {
  clock = new FakeClock();
  window = new FakeWindow();
  sockets = [];
  requests = [];
  warnings = [];
  /** The result of `random`: 1 makes every delay the longest possible. */
  randomValue = 1;
  /** Creates the response to the next requests. */
  respond = () => Promise.reject(new TypeError("no network"));

  constructor() {
    const { sockets } = this;
    this.WebSocket = class extends FakeWebSocket {
      constructor(url) {
        super(url);
        sockets.push(this);
      }
    };
    this.setTimeout = (callback, ms) => this.clock.set(callback, ms);
    this.clearTimeout = (id) => this.clock.clear(id);
    this.now = () => this.clock.nowMs;
    this.random = () => this.randomValue;
    this.warn = (text) => this.warnings.push(text);
    this.fetch = (url) => {
      this.requests.push(url);
      return this.respond();
    };
  }

  /** The newest socket. */
  get socket() {
    return this.sockets.at(-1);
  }

  advance(ms) {
    this.clock.advance(ms);
  }
}

/** Wait until all resolved promises have called their handlers. */
export const flushPromises = () => new Promise((resolve) => setImmediate(resolve));

/** Create a `connection-count` frame. */
export const makeCountFrame = (changes = {}) => ({
  type: "connection-count",
  count: 23,
  people: 17,
  signed_in: 4,
  anonymous: 13,
  active: 31,
  source: "live",
  epoch: "e1",
  version: 100,
  timestamp: "2026-01-31T12:00:00.123Z",
  ...changes,
});

/** Create a `place-count` frame. */
export const makePlaceCountFrame = (changes = {}) => ({
  type: "place-count",
  place: "/pricing",
  people: 12,
  source: "live",
  epoch: "e1",
  version: 100,
  timestamp: "2026-01-31T12:00:00.123Z",
  ...changes,
});

/** Create a `places` frame. */
export const makePlacesFrame = (changes = {}) => ({
  type: "places",
  people: 61,
  elsewhere: 9,
  places: [
    { place: "/", people: 40 },
    { place: "/pricing", people: 12 },
    { place: "/blog/café", people: null },
  ],
  source: "live",
  epoch: "e1",
  version: 100,
  timestamp: "2026-01-31T12:00:00.123Z",
  ...changes,
});

/** Create a response body of the stats API. */
export const makeStatsText = (changes = {}) => JSON.stringify(makeStats(changes));

const makeStats = (changes) => ({
  active_users_now: 31,
  window_minutes: 15,
  online: { people: 17, connections: 23, signed_in: 4, anonymous: 13 },
  today: { visitors: 412, page_views: 980, peak_people: null },
  source: "live",
  as_of: "2026-01-31T12:00:00.123Z",
  version: 100,
  epoch: "e1",
  ...changes,
});

/** Create an activity. A higher id means a later time. */
export const makeActivity = (id, changes = {}) => ({
  id,
  kind: "signup",
  text: `text ${id}`,
  actor: "Ana",
  timestamp: new Date(1_769_860_800_000 + id * 1000).toISOString(),
  ...changes,
});

/** Create one activity per id. */
export const makeActivities = (...ids) => ids.map((id) => makeActivity(id));

export const getIds = (items) => items.map(({ id }) => id);
