"""Texts of the counter and the feed, in the language of the page.

The keys of a dictionary are the names that the browser's scripts use.
"""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.translation import gettext, ngettext

from . import plurals


def texts_for_script() -> dict[str, str]:
    """Return the counter's texts that differ from the English ones, which its script has."""
    with translation.override(None):
        english = counter_texts()
    return {name: text for name, text in counter_texts().items() if text != english[name]}


def counter_texts() -> dict[str, str]:
    """Return the texts of ``<live-user-counter>``."""
    return {
        "online": gettext("Active Users Right Now"),
        "lately": gettext("active recently"),
        "here": gettext("here right now"),
        "words": gettext("You’re early"),
        "motion": gettext("Pause animation"),
        "connecting": gettext("Connecting…"),
        "reconnecting": gettext("Reconnecting…"),
        "offline": gettext("You’re offline"),
        "simulated": gettext("demo data"),
        "error": gettext("Can’t load the count right now"),
        "as_of": gettext("counted {age}"),
    }


def feed_texts() -> dict[str, Any]:
    """Return the texts of ``<live-activity-feed>``; counted phrases by plural category."""
    return {
        "none": gettext("No activity yet. New sign-ups and purchases appear here live."),
        "down": gettext("Not connected. New activity appears here once the connection is back."),
        "new": plurals.forms(lambda count: ngettext("{count} new", "{count} new", count)),
        "more": plurals.forms(skipped_phrase),
    }


def skipped_phrase(count: int) -> str:
    """Return the phrase for activities that the rate limit left out, with ``{count}``."""
    return ngettext("and {count} more", "and {count} more", count)
