/** Defines the elements, and passes the browser's globals to the page's connection. */
import { LiveActivityFeed } from "./elements/live-activity-feed.js";
import { LiveUserCounter } from "./elements/live-user-counter.js";
import { createMotionPreference } from "./elements/motion-preference.js";
import { LivePage } from "./live-page.js";

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
LiveUserCounter.motion = createMotionPreference(window);
LiveActivityFeed.page = page;
customElements.define("live-user-counter", LiveUserCounter);
customElements.define("live-activity-feed", LiveActivityFeed);
