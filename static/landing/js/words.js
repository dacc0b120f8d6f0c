/** Numbers and times as text, and the few words that only scripts need. Pure. */

/** @param {number|null} value @param {string} language */
export function number(value, language) {
  return value === null ? "–" : new Intl.NumberFormat(language).format(value);
}

/** @param {number} ageMs @param {string} language @returns {string} "2 minutes ago" */
export function ago(ageMs, language) {
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const seconds = Math.max(0, Math.floor(ageMs / 1000));
  if (seconds < 60) return format.format(-seconds, "second");
  if (seconds < 3_600) return format.format(-Math.floor(seconds / 60), "minute");
  if (seconds < 86_400) return format.format(-Math.floor(seconds / 3_600), "hour");
  return format.format(-Math.floor(seconds / 86_400), "day");
}

const TROUBLE = {
  connecting: "Connecting…",
  reconnecting: "Reconnecting…",
  offline: "You are offline",
  simulated: "demo data",
};

/**
 * What is wrong and how old the number is; empty while all is well.
 *
 * @param {import("./types.js").CounterView} view
 * @param {string} language
 */
export function status({ state, trouble, ageMs }, language) {
  if (!trouble) return "";
  const age = ageMs === null ? "" : `as of ${ago(ageMs, language)}`;
  return [TROUBLE[state], age].filter(Boolean).join(" · ");
}
