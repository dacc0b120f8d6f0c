from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as site_settings
from django.test import AsyncClient
from django.utils import translation

from landing.page import formatting, texts
from tests.page.catalogs import (
    LANGUAGES,
    PLACEHOLDER,
    catalog_folder,
    find_messages,
    read_catalog,
    read_compiled,
)
from tests.page.markup import Page
from tests.services.site import ROOT

EVERY_LANGUAGE = ("en", *LANGUAGES)
NUMBERS = [0, 1, 12, 999, 1_000, 10_247, 999_999, 1_234_567, 9_000_000_000]
COUNTS = [1, 2, 3, 10, 11, 23, 59]
AGES = [0, 0.9, *COUNTS, *(n * 60 for n in COUNTS), *(n * 3_600 for n in COUNTS[:6])]
AGES += [n * 86_400 for n in (*COUNTS, 100, 101, 103)]


def test_every_language_of_the_site_has_a_catalog() -> None:
    assert [code for code, _ in site_settings.LANGUAGES] == [*EVERY_LANGUAGE]
    assert {path.name for path in (ROOT / "locale").iterdir()} == {*LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    catalog = read_catalog(language)
    expected = find_messages()
    assert len(expected) > 50

    for msgid, plural in expected.items():
        assert msgid in catalog, f"{language} has no {msgid!r}: run make messages"
        assert catalog[msgid].plural == plural, msgid


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_empty_or_fuzzy(language: str) -> None:
    for entry in read_catalog(language).values():
        assert all(entry.texts), entry.msgid
        assert "fuzzy" not in entry.flags, entry.msgid


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalog_is_up_to_date(language: str) -> None:
    """The compiled file is in the repository, so that running the site needs no gettext."""
    expected: dict[Any, str] = {}
    for msgid, entry in read_catalog(language).items():
        if entry.plural:
            expected |= {(msgid, form): text for form, text in enumerate(entry.texts)}
        else:
            expected[msgid] = entry.texts[0]

    assert read_compiled(language)._catalog == expected  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalog_has_nothing_that_changes_with_each_run_of_make_messages(language: str) -> None:
    """Neither dates nor line numbers, which also depend on the version of gettext."""
    compiled = read_compiled(language)._catalog[""]  # type: ignore[attr-defined]
    for header in (read_catalog(language)[""].texts[0], compiled):
        assert [line.partition(":")[0] for line in header.splitlines()] == [
            *("Language", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
            "Plural-Forms",
        ]
    source = (catalog_folder(language) / "django.po").read_text()
    assert not re.search("^#[:~|]", source, re.MULTILINE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_placeholders(language: str) -> None:
    form_of = read_compiled(language).plural  # type: ignore[attr-defined]
    numbers: dict[int, int] = {}
    for number in [*range(1_000), 1_000_000]:
        numbers[form_of(number)] = numbers.get(form_of(number), 0) + 1
    for entry in read_catalog(language).values():
        expected = {*PLACEHOLDER.findall(entry.plural or entry.msgid)}
        if not entry.plural:
            assert {*PLACEHOLDER.findall(entry.texts[0])} == expected, entry.msgid
            continue
        assert len(entry.texts) == len(numbers), f"{entry.msgid} lacks a plural form"
        for form, text in enumerate(entry.texts):
            found = {*PLACEHOLDER.findall(text)}
            # The form of a single number can have it as a word, without a placeholder.
            assert found == expected or (not found and numbers[form] == 1), text


def evaluate_script(node_path: Path, code: str) -> Any:
    """Return the value of an expression that uses the exports of two scripts."""
    scripts = {"formatting": "formatting.js", "places": "state/places-state.js"}
    imports = [
        f'import * as {name} from "{(ROOT / "static/live_user_counter/js" / path).as_uri()}";'
        for name, path in scripts.items()
    ]
    script = "".join(imports) + f"console.log(JSON.stringify({code}));"
    run = subprocess.run(
        [node_path, "--input-type=module", "--eval", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(run.stdout)


@pytest.mark.parametrize("language", EVERY_LANGUAGE)
def test_numbers_equal_those_of_the_browser(node_path: Path, language: str) -> None:
    code = f"{NUMBERS}.map((each) => formatting.formatNumber(each, '{language}'))"
    expected = evaluate_script(node_path, code)

    with translation.override(language):
        assert [formatting.number(each) for each in NUMBERS] == expected


@pytest.mark.parametrize("language", EVERY_LANGUAGE)
def test_ages_equal_those_of_the_browser(node_path: Path, language: str) -> None:
    code = f"{AGES}.map((each) => formatting.formatAge(each * 1000, '{language}'))"
    expected = evaluate_script(node_path, code)

    with translation.override(language):
        assert [formatting.ago(each) for each in AGES] == expected


def test_the_default_texts_of_the_script_equal_the_english_ones(node_path: Path) -> None:
    with translation.override("en"):
        assert evaluate_script(node_path, "formatting.DEFAULT_WORDS") == texts.counter_texts()
        of_place = "({...formatting.DEFAULT_WORDS, ...formatting.HERE_WORDS})"
        assert evaluate_script(node_path, of_place) == texts.counter_texts("here")
        assert evaluate_script(node_path, "places.DEFAULT_WORDS") == texts.places_texts()


@pytest.mark.parametrize("language", EVERY_LANGUAGE)
def test_labels_equal_those_of_the_browser(node_path: Path, language: str) -> None:
    counts = [*range(130), 1_000, 1_000_000]
    with translation.override(language):
        forms = json.dumps(texts.counter_texts()["online"])
        expected = [texts.online_label(count) for count in counts]
    code = f"{counts}.map((each) => formatting.chooseForm({forms}, each, '{language}'))"

    assert evaluate_script(node_path, code) == expected


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "70 people here now, up from 61"),
        ("de", "70 Personen gerade hier, mehr als zuvor (61)"),
        ("es", "70 personas aquí ahora, más que antes (61)"),
        ("ar", "70 شخصًا هنا الآن، ارتفاعًا من 61"),
    ],
)
def test_an_announcement_is_a_sentence_in_every_language(
    node_path: Path, language: str, sentence: str
) -> None:
    view = '{value: 70, isBelow: false, hasProblem: false, state: "live", ageMs: null}'
    with translation.override(language):
        words = texts.counter_texts()
    arguments = f"{view}, {{value: 61}}, {json.dumps(words['here'])}, '{language}'"
    code = f"formatting.formatAnnouncement({arguments}, {json.dumps(words)})"

    assert evaluate_script(node_path, code) == sentence


def page(async_client: AsyncClient, path: str = "/", **headers: str) -> Any:
    return async_to_sync(async_client.get)(path, headers=headers)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "language", "direction", "headline"),
    [
        ("", "en", "ltr", "How many of us are here?"),
        ("fr, tlh;q=0.5", "en", "ltr", "How many of us are here?"),
        ("de-AT, en;q=0.5", "de", "ltr", "Wie viele von uns sind hier?"),
        ("fr, es-419;q=0.8, en;q=0.1", "es", "ltr", "¿Cuántos estamos aquí?"),
        ("ar-EG", "ar", "rtl", "كم عددنا هنا الآن؟"),
    ],
)
def test_the_page_uses_the_language_that_the_browser_prefers(
    async_client: AsyncClient, asked: str, language: str, direction: str, headline: str
) -> None:
    response = page(async_client, accept_language=asked)
    html = Page(response.content.decode())

    assert html.one("h1").text == headline
    assert html.one("html").attributes == {"lang": language, "dir": direction}
    assert response["Content-Language"] == language
    assert {"Accept-Language", "Cookie"} <= {*response["Vary"].split(", ")}


@pytest.mark.django_db
def test_a_chosen_language_overrides_the_browsers_preference(async_client: AsyncClient) -> None:
    post = async_to_sync(async_client.post)
    response = post("/language/", {"language": "de", "next": "/nowhere/?a=1"})
    cookie = response.cookies["django_language"]

    assert response["Location"] == "/nowhere/?a=1"
    assert cookie["max-age"] == 365 * 24 * 60 * 60
    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["samesite"] == "Lax"
    html = Page(page(async_client, "/nowhere/", accept_language="es").content.decode())
    assert html.one("h1").text == "Seite nicht gefunden"


@pytest.mark.django_db
def test_an_unknown_language_and_a_foreign_address_are_refused(
    async_client: AsyncClient,
) -> None:
    post = async_to_sync(async_client.post)
    response = post("/language/", {"language": "tlh", "next": "https://elsewhere.example/"})

    assert response["Location"] == "/"
    assert "django_language" not in response.cookies


@pytest.mark.django_db
def test_a_language_can_be_chosen_without_scripts_or_tokens(async_client: AsyncClient) -> None:
    response = page(async_client, "/?a=1", accept_language="de")
    html = Page(response.content.decode())
    buttons = [each for each in html.all("button") if each.attributes.get("name") == "language"]

    assert [(each.attributes["value"], each.text) for each in buttons] == [
        ("en", "English"),
        ("de", "Deutsch"),
        ("es", "Español"),
        ("ar", "العربيّة"),
    ]
    chosen = [each.text for each in buttons if "aria-current" in each.attributes]
    assert chosen == ["Deutsch"]
    assert all(each.attributes["lang"] == each.attributes["value"] for each in buttons)
    assert html.one("form").attributes["action"] == "/language/"
    assert html.one("input").attributes["value"] == "/?a=1"
    assert "csrftoken" not in response.cookies


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/admin/login/", "/api/landing/stats/"])
def test_the_admin_and_the_api_are_in_english(async_client: AsyncClient, path: str) -> None:
    response = page(async_client, path, accept_language="de")

    assert response.status_code == 200
    assert "Content-Language" not in response
    assert translation.get_language() == "en"
