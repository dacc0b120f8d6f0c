"""The texts of the counter in the language of the page."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext


def for_the_script() -> dict[str, str]:
    """What the script of the counter cannot say by itself, which is English."""
    with translation.override(None):
        english = of_the_counter()
    return {name: text for name, text in of_the_counter().items() if text != english[name]}


def of_the_counter() -> dict[str, str]:
    """What ``<live-user-counter>`` says, under the names that its script knows."""
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
