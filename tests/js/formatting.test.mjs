import assert from "node:assert/strict";
import { test } from "node:test";

import {
  DEFAULT_WORDS,
  chooseForm,
  completeWords,
  findLanguageTag,
  formatAge,
  formatAnnouncement,
  formatCount,
  formatNumber,
  formatStatus,
  parseObject,
  roundAge,
} from "../../static/live_user_counter/js/formatting.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test("a number is grouped as in the language of the page", () => {
  assert.equal(formatNumber(1_234_567, "en"), "1,234,567");
  assert.equal(formatNumber(1_234_567, "de"), "1.234.567");
  assert.equal(formatNumber(0, "en"), "0");
});

test("an unknown number is a dash", () => {
  assert.equal(formatNumber(null, "en"), "–");
});

for (const [ageMs, text] of [
  [-5_000, "now"],
  [0, "now"],
  [1_999, "1 second ago"],
  [59_999, "59 seconds ago"],
  [MINUTE, "1 minute ago"],
  [2.9 * MINUTE, "2 minutes ago"],
  [60 * MINUTE, "1 hour ago"],
  [50 * 60 * MINUTE, "2 days ago"],
]) {
  test(`${ageMs} ms is ${text}`, () => {
    assert.equal(formatAge(ageMs, "en"), text);
  });
}

for (const [ageMs, roundedMs, validMs] of [
  [0, 0, 10 * SECOND],
  [9_999, 0, 1],
  [38 * SECOND, 30 * SECOND, 2 * SECOND],
  [59_999, 50 * SECOND, 1],
  [MINUTE, MINUTE, MINUTE],
  [2.75 * MINUTE, 2 * MINUTE, 0.25 * MINUTE],
  [HOUR - 1, 59 * MINUTE, 1],
  [HOUR, HOUR, HOUR],
  [5.5 * HOUR, 5 * HOUR, 0.5 * HOUR],
  [DAY, DAY, DAY],
  [400.5 * DAY, 400 * DAY, 0.5 * DAY],
  [-5 * SECOND, 0, 15 * SECOND],
  [-2 * HOUR, 0, 2 * HOUR + 10 * SECOND],
]) {
  test(`an age of ${ageMs} ms is rounded to ${roundedMs} for ${validMs} ms`, () => {
    assert.deepEqual(roundAge(ageMs), { ageMs: roundedMs, validMs });
  });
}

test("an age is in the language of the page", () => {
  assert.equal(formatAge(2 * MINUTE, "de"), "vor 2 Minuten");
});

test("without a problem, the status is empty", () => {
  assert.equal(formatStatus({ state: "live", hasProblem: false, ageMs: null }, "en"), "");
});

for (const [state, ageMs, text] of [
  ["stale", 2 * MINUTE, "counted 2 minutes ago"],
  ["reconnecting", 5_000, "Reconnecting… · counted 5 seconds ago"],
  ["connecting", null, "Connecting…"],
  ["offline", null, "You’re offline"],
  ["simulated", null, "demo data"],
  ["error", null, "Can’t load the count right now"],
]) {
  test(`the state ${state} reads "${text}"`, () => {
    assert.equal(formatStatus({ state, hasProblem: true, ageMs }, "en"), text);
  });
}

const POLISH = { one: "{count} nowy", few: "{count} nowe", other: "{count} nowych" };

for (const [count, text] of [
  [1, "1 nowy"],
  [3, "3 nowe"],
  [5, "5 nowych"],
  [22, "22 nowe"],
]) {
  test(`${count} takes the plural form of the language`, () => {
    assert.equal(formatCount(POLISH, count, "pl"), text);
  });
}

test("a missing form is the form \"other\"", () => {
  assert.equal(formatCount({ other: "{count} new" }, 1, "en"), "1 new");
  assert.equal(formatCount({ other: "and {count} more" }, 1_234, "de"), "and 1.234 more");
});

test("a count of 0 is an empty text", () => {
  assert.equal(formatCount(POLISH, 0, "pl"), "");
  assert.equal(formatCount(POLISH, undefined, "pl"), "");
});

for (const [language, tag] of [
  ["en_US", "en-US"],
  ["de_DE.UTF-8", "de-DE"],
  ["de_AT@euro", "de-AT"],
  ["sr@latin", "sr"],
  ["zh_Hans_CN", "zh-Hans-CN"],
  ["en-US-x-", "en-US"],
  ["en-GB-oed", "en-GB"],
  ["de,en;q=0.8", "de"],
  [" es ", "es"],
  ["C", "en"],
  ["x-klingon", "en"],
  ["i-default", "en"],
  ["*", "en"],
  ["", "en"],
  ["日本語", "en"],
  ["a".repeat(300), "en"],
  ["a-".repeat(150), "en"],
]) {
  test(`the language "${language.slice(0, 12)}" is ${tag}`, () => {
    assert.equal(findLanguageTag(language), tag);
    assert.doesNotThrow(() => formatStatus({ state: "stale", hasProblem: true, ageMs: 0 }, language));
  });
}

for (const language of ["POSIX", "english", "C.UTF-8", "xx", "qaa"]) {
  test(`texts in the unknown language "${language}" are English`, () => {
    assert.equal(formatNumber(1_234, language), "1,234");
    assert.equal(formatAge(120_000, language), "2 minutes ago");
    assert.equal(formatCount({ one: "{count} item", other: "{count} items" }, 1, language), "1 item");
  });
}

function withoutIntl(t, name) {
  const { value } = Object.getOwnPropertyDescriptor(globalThis, "Intl");
  t.after(() => Object.defineProperty(globalThis, "Intl", { value, configurable: true, writable: true }));
  const rest = name && Object.fromEntries(Object.getOwnPropertyNames(value).map((key) => [key, value[key]]));
  if (name) delete rest[name];
  Object.defineProperty(globalThis, "Intl", { value: rest, configurable: true, writable: true });
}

for (const name of [undefined, "NumberFormat", "RelativeTimeFormat", "PluralRules", "getCanonicalLocales"]) {
  test(`there are texts without Intl${name ? `.${name}` : ""}`, (t) => {
    withoutIntl(t, name);
    assert.match(formatNumber(1_234, "en"), /^1,?234$/);
    assert.equal(formatAge(120_000, "en"), "2 minutes ago");
    assert.equal(formatAge(1_000, "en"), "1 second ago");
    assert.equal(formatAge(0, "en"), "now");
    assert.equal(formatCount({ other: "{count} new" }, 3, "en"), "3 new");
  });
}

for (const json of ["[]", "null", "5", '"text"', "{", "", "undefined", '[{"as_of": 1}]']) {
  test(`the attribute ${json} counts as an empty object and is reported`, () => {
    const warnings = [];
    assert.deepEqual(parseObject(json, "words", (text) => warnings.push(text)), {});
    assert.deepEqual(warnings, [`words is not a JSON object: ${json}`]);
  });
}

test("a missing attribute counts as an empty object", () => {
  assert.deepEqual(parseObject(null, "words", assert.fail), {});
});

test("an attribute with an object is parsed", () => {
  assert.deepEqual(parseObject(' {"more": {"other": "x"}}', "words", assert.fail), { more: { other: "x" } });
});

test("missing and invalid words are the English ones", () => {
  const warnings = [];
  const given = { online: "da", as_of: null, offline: 7, error: { text: "x" }, words: ["x"] };
  const words = completeWords(given, (text) => warnings.push(text));
  assert.deepEqual(words, { ...DEFAULT_WORDS, online: { other: "da" } });
  assert.equal(warnings.length, 4);
  assert.equal(warnings[0], "words.as_of is not a text: null");
});

for (const forms of [undefined, null, {}, "text", { other: null }, { one: 5, other: [] }]) {
  test(`a phrase without forms (${JSON.stringify(forms)}) is its count`, () => {
    assert.equal(formatCount(forms, 1_234, "en"), "1,234");
    assert.equal(formatCount(forms, 0, "en"), "");
  });
}

const LIVE = { value: 70, isBelow: false, hasProblem: false, state: "live", ageMs: null };

for (const [name, view, last, text] of [
  ["a rise", {}, { value: 61 }, "70 people here now, up from 61"],
  ["a fall", { value: 1 }, { value: 61 }, "1 person here now, down from 61"],
  ["nobody", { value: 0 }, { value: 10_247 }, "0 people here now, down from 10,247"],
  ["the first count", {}, { value: null }, "70 people here now"],
  ["no change", {}, { value: 70 }, "70 people here now"],
  ["reaching the minimum", {}, { value: 3, isBelow: true }, "70 people here now"],
  ["falling below the minimum", { value: 3, isBelow: true }, {}, "You’re early"],
  ["an old count", { state: "stale", hasProblem: true, ageMs: 2 * MINUTE }, {}, "70 people. counted 2 minutes ago"],
  ["no count", { value: null, state: "error", hasProblem: true }, {}, "Can’t load the count right now"],
]) {
  test(`the announcement of ${name} is "${text}"`, () => {
    const previous = { ...LIVE, ...last };
    assert.equal(formatAnnouncement({ ...LIVE, ...view }, previous, "here now", "en"), text);
  });
}

test("an unknown count has the form \"other\"", () => {
  assert.equal(chooseForm(DEFAULT_WORDS.online, null, "en"), "Active Users Right Now");
});
