/** Defines the elements and connects them to the page's connection. */
import { LiveActivityFeed } from "./elements/live-activity-feed.js";
import { LiveUserCounter } from "./elements/live-user-counter.js";
import { createMotionPreference } from "./elements/motion-preference.js";
import { sharePage } from "./live-page.js";

/** A second copy of the scripts leaves the elements to the first. */
function define(name, element) {
  if (!customElements.get(name)) customElements.define(name, element);
}

if (window.customElements) {
  LiveUserCounter.page = LiveActivityFeed.page = sharePage(window);
  LiveUserCounter.motion = createMotionPreference(window);
  define("live-user-counter", LiveUserCounter);
  define("live-activity-feed", LiveActivityFeed);
} else {
  // The counter stays as the server rendered it. Show the same note as without scripts.
  const notes = document.querySelectorAll("live-user-counter noscript");
  for (const note of notes) note.after(note.textContent);
}
