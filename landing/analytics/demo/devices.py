"""The language and the window width of a visitor's browser."""

from __future__ import annotations

from typing import NamedTuple

from .weighted_choices import Choices

LANGUAGES = Choices.from_weights({"en": 58, "de": 15, "es": 12, "fr": 7, "pt": 4, "ar": 4})
WIDTHS = Choices.from_weights({"small": 47, "large": 41, "medium": 12})


class Device(NamedTuple):
    """The dimensions that are the same in all visits of a visitor."""

    language: str
    width: str


def device_of(visitor: bytes) -> Device:
    """Return the device of a visitor, which follows from the random id."""
    return Device(LANGUAGES.at(visitor[0] / 256), WIDTHS.at(visitor[1] / 256))
