/** Defines the elements and connects them to the page's connection. */
import { LiveActivityFeed } from "./elements/live-activity-feed.js";
import { LiveUserCounter } from "./elements/live-user-counter.js";
import { createMotionPreference } from "./elements/motion-preference.js";
import { sharePage } from "./live-page.js";

if (window.customElements) {
  const page = sharePage(window);
  // A second copy of the scripts leaves the elements to the first.
  const define = (name, element) =>
    page.attempt(() => customElements.get(name) ?? customElements.define(name, element));
  LiveUserCounter.page = LiveActivityFeed.page = page;
  LiveUserCounter.motion = createMotionPreference(window);
  define("live-user-counter", LiveUserCounter);
  define("live-activity-feed", LiveActivityFeed);
} else {
  // The counter stays as the server rendered it. Show the same note as without scripts.
  const notes = document.querySelectorAll("live-user-counter noscript");
  for (const note of notes) note.after(note.textContent);
}
