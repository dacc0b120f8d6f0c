"""The fields of the form that have one text per language, and the columns that they fill."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from ...content.values import Content
from ...tables.page import HEADLINE_LENGTH, LEAD_LENGTH, NAME_LENGTH, SUBTEXT_LENGTH

LINE_BREAK = re.compile(r"[\r\n]")


class Text(NamedTuple):
    """A text of the page: the column with its texts by language, and its input."""

    column: str
    prefix: str
    label: str
    max_length: int

    def field_name(self, code: str) -> str:
        """Return the name of the field of a language."""
        return f"{self.prefix}_{code.replace('-', '_')}"


BUTTON = Text("call_texts", "call_text", "Button", NAME_LENGTH)
TEXTS = (
    Text("headlines", "headline", "Headline", HEADLINE_LENGTH),
    Text("leads", "lead", "Lead", LEAD_LENGTH),
    BUTTON,
    Text("subtexts", "subtext", "Subtext", SUBTEXT_LENGTH),
)


def field_names(code: str) -> tuple[str, ...]:
    """Return the names of the fields of a language."""
    return tuple(text.field_name(code) for text in TEXTS)


def build_fields(content: Content) -> Iterator[tuple[str, forms.CharField]]:
    """Yield the name and the field of each text in each language."""
    for code, title in settings.LANGUAGES:
        for text in TEXTS:
            widget = forms.TextInput(attrs={"class": "vTextField", "lang": code, "dir": "auto"})
            field = forms.CharField(
                label=f"{text.label} in {title}",
                required=False,
                max_length=text.max_length,
                initial=find_stored(getattr(content, text.column), code),
                widget=widget,
                validators=(_require_one_line,),
            )
            yield text.field_name(code), field


def read_texts(text: Text, values: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts by language without empty ones, from the values of the fields."""
    entered = {code: values.get(text.field_name(code)) for code, _ in settings.LANGUAGES}
    return {code: value for code, value in entered.items() if value}


def find_stored(texts: Mapping[str, str], code: str) -> str:
    """Return the text of a language, or of its base language if the site has no field for that."""
    base = code.partition("-")[0]
    inherited = "" if base in _codes() else texts.get(base, "")
    return texts.get(code, inherited)


def without_field(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts that no field has, because the site has no such language at present."""
    shown = {form for code in _codes() for form in (code, code.partition("-")[0])}
    return {code: text for code, text in texts.items() if code not in shown}


def _codes() -> set[str]:
    return {code for code, _ in settings.LANGUAGES}


def _require_one_line(value: str) -> None:
    if LINE_BREAK.search(value):
        raise ValidationError("Must be one line.")
