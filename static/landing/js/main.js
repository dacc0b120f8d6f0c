/** Brings the elements to life: the one place that takes the browser's globals. */
import { LiveActivityFeed } from "./elements/live-activity-feed.js";
import { LiveUserCounter } from "./elements/live-user-counter.js";
import { LivePage } from "./live-page.js";
import { motionStore } from "./motion.js";

const page = new LivePage({
  window,
  WebSocket,
  fetch: window.fetch.bind(window),
  setTimeout: window.setTimeout.bind(window),
  clearTimeout: window.clearTimeout.bind(window),
  now: Date.now,
  random: Math.random,
  warn: console.warn,
});
LiveUserCounter.page = page;
LiveUserCounter.motion = motionStore(window);
LiveActivityFeed.page = page;
customElements.define("live-user-counter", LiveUserCounter);
customElements.define("live-activity-feed", LiveActivityFeed);
