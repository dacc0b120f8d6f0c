"""Texts of the counter and the feed, in the language of the page.

The keys of a dictionary are the names that the browser's scripts use.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import get_language, gettext, ngettext

from .. import conf
from ..content import languages
from ..content.current import current
from . import plurals


def texts_for_script(metric: str = "online") -> dict[str, Any]:
    """Return the counter's texts that differ from the English ones, which its script has."""
    with translation.override(None):
        english = counter_texts()
    return {name: text for name, text in counter_texts(metric).items() if text != english[name]}


def counter_texts(metric: str = "online") -> dict[str, Any]:
    """Return the texts of ``<live-user-counter>``; counted phrases by plural category.

    For the people at one place, two texts differ.
    """
    own = {"here": gettext("on this page"), "words": gettext("A few people are here")}
    return _general_texts() | (own if metric == "here" else {})


def _general_texts() -> dict[str, Any]:
    return {
        "online": plurals.forms(online_label),
        "on_page": plurals.forms(here_label),
        "on_site": gettext("on the whole site"),
        "lately": gettext("here recently"),
        "here": gettext("here now"),
        "people": plurals.forms(people_phrase),
        "up": gettext("{now}, up from {before}"),
        "down": gettext("{now}, down from {before}"),
        "words": gettext("You’re early"),
        "motion": gettext("Pause animation"),
        "connecting": gettext("Connecting…"),
        "reconnecting": gettext("Reconnecting…"),
        "offline": gettext("You’re offline"),
        "simulated": gettext("demo data"),
        "error": gettext("Can’t load the count right now"),
        "as_of": gettext("counted {age}"),
    }


def online_label(people: int) -> str:
    """Return the label below the number of people who are here now."""
    return ngettext("Active User Right Now", "Active Users Right Now", people)


def here_label(people: int) -> str:
    """Return the label below the number of people at one place."""
    return ngettext("Person on this page", "People on this page", people)


def people_phrase(count: int) -> str:
    """Return the phrase for a number of people, with ``{count}``."""
    return ngettext("{count} person", "{count} people", count)


def places_texts() -> dict[str, Any]:
    """Return the texts of ``<live-places>``; counted phrases by plural category."""
    return {
        "people": plurals.forms(people_phrase),
        "few": gettext("a few people"),
        "none": gettext("No page has visitors right now"),
        "off": gettext("Not connected"),
    }


def subtext() -> str:
    """Return the subtext of the counter in the language of the page.

    A language without a text has the one of ``LANGUAGE_CODE``, or else an empty line.
    """
    content = current()
    if not content.has_subtext:
        return ""
    text = content.subtexts or conf.read().LANDING_COUNTER_SUBTEXT
    if isinstance(text, str):
        return gettext(text) if text else ""  # the catalog's header belongs to the empty text
    return languages.find(text, get_language() or "", settings.LANGUAGE_CODE) or ""


def feed_texts() -> dict[str, Any]:
    """Return the texts of ``<live-activity-feed>``; counted phrases by plural category."""
    return {
        "none": gettext("No activity yet. New sign-ups and purchases appear here live."),
        "down": gettext("Not connected. New activity appears here once the connection is back."),
        "off": gettext("Not connected"),
        "pause": gettext("Pause activity"),
        "resume": gettext("Resume activity"),
        "all": gettext("Show all"),
        "less": gettext("Show less"),
        "new": plurals.forms(lambda count: ngettext("{count} new", "{count} new", count)),
        "more": plurals.forms(skipped_phrase),
    }


def skipped_phrase(count: int) -> str:
    """Return the phrase for activities that the rate limit left out, with ``{count}``."""
    return ngettext("and {count} more", "and {count} more", count)
