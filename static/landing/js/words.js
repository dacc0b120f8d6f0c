/** Numbers and times as text, and the few words that only scripts need. Pure. */

const UNITS = /** @type {const} */ ([
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 0],
]);

export const LABELS = {
  online: "Active Users Right Now",
  lately: "active lately",
  here: "here right now",
  words: "Be the first today",
  motion: "Pause animation",
};

const TROUBLE = {
  connecting: "Connecting…",
  reconnecting: "Reconnecting…",
  offline: "You are offline",
  simulated: "demo data",
  error: "The number cannot be read right now",
};

/** @param {number|null} value @param {string} language */
export function number(value, language) {
  return value === null ? "–" : new Intl.NumberFormat(language).format(value);
}

/** @param {number} ageMs @param {string} language @returns {string} "2 minutes ago" */
export function ago(ageMs, language) {
  const seconds = Math.max(0, Math.floor(ageMs / 1000));
  const [unit, size] = UNITS.find(([, least]) => seconds >= least);
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  return format.format(-Math.floor(seconds / (size || 1)), unit);
}

/**
 * A counted phrase: "3 new".
 *
 * @param {Record<string, string>} forms by the language's plural categories, with `{count}` inside
 * @param {number} count
 * @param {string} language
 * @param {string} [after] what follows the number, as in "100+"
 */
export function plural(forms, count, language, after = "") {
  const form = forms[new Intl.PluralRules(language).select(count)] ?? forms.other;
  return form.replace("{count}", number(count, language) + after);
}

/**
 * What is wrong and how old the number is; empty while all is well.
 *
 * @param {CounterView} view
 * @param {string} language
 */
export function status({ state, trouble, ageMs }, language) {
  if (!trouble) return "";
  const age = ageMs === null ? "" : `as of ${ago(ageMs, language)}`;
  return [TROUBLE[state], age].filter(Boolean).join(" · ");
}
