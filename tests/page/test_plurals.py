from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from babel import Locale
from django.utils import translation
from django.utils.translation import ngettext

from landing.page.plurals import COUNTS, forms

LANGUAGES = ("ar", "cs", "cy", "de", "en", "es", "fr", "ga", "he", "ja", "lv", "pl", "ru", "sl")


def days(number: int) -> str:
    """Return a phrase that Django has in its own catalogs."""
    text = ngettext("%(num)d day", "%(num)d days", number)
    return text.replace("%(num)d", "{count}").replace("\xa0", " ")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", {"one": "{count} day", "other": "{count} days"}),
        ("cs", {"one": "{count} den", "few": "{count} dny", "other": "{count} dní"}),
        ("ru", {"one": "{count} день", "few": "{count} дня", "other": "{count} дней"}),
        ("ja", {"other": "{count}日"}),
        ("tlh", {"one": "{count} day", "other": "{count} days"}),
    ],
)
def test_a_phrase_has_every_form_of_the_language(language: str, expected: dict[str, str]) -> None:
    with translation.override(language):
        assert forms(days) == expected


def test_a_form_equal_to_other_is_omitted() -> None:
    assert forms(lambda number: "{count} new") == {"other": "{count} new"}


def test_the_categories_are_those_of_the_browser(node_path: Path) -> None:
    """Scripts look a form up under the category that Intl selects."""
    counts = [*COUNTS, 2_000_000, 1_000_001]
    code = (
        f"console.log(JSON.stringify({list(LANGUAGES)}.map((language) =>"
        f" {counts}.map((count) => new Intl.PluralRules(language).select(count)))))"
    )
    run = subprocess.run(
        [node_path, "--eval", code], capture_output=True, text=True, timeout=60, check=True
    )
    for language, categories in zip(LANGUAGES, json.loads(run.stdout), strict=True):
        rule = Locale.parse(language).plural_form
        assert [rule(count) for count in counts] == categories, language
