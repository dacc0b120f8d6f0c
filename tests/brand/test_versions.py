from __future__ import annotations

import pytest
from pytest_django import Settings

from landing.brand import files, versions

COLOR = "#c2185b"


def test_a_version_names_its_color() -> None:
    assert versions.color_of(versions.sign(COLOR)) == COLOR
    assert files.version(COLOR) in versions.sign(COLOR)


@pytest.mark.parametrize("version", ["", "0123456789ab", "c2185b", "c2185b-0-0", "--", "é-0-é"])
def test_a_version_that_this_site_has_not_signed_has_no_color(version: str) -> None:
    assert versions.color_of(version) is None


def test_the_signature_of_one_color_does_not_fit_another() -> None:
    assert versions.color_of(versions.sign(COLOR).replace("c2185b", "c2185c")) is None


def test_a_version_from_before_a_deploy_still_names_its_color() -> None:
    digits, _, signature = versions.sign(COLOR).split("-")

    assert versions.color_of(f"{digits}-0123456789ab-{signature}") == COLOR


def test_another_secret_key_makes_other_signatures(settings: Settings) -> None:
    version = versions.sign(COLOR)
    settings.SECRET_KEY = "another"

    assert versions.color_of(version) is None


def test_the_addresses_of_a_page_are_signed_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SECRET_KEY = "of this test"
    version = versions.sign(COLOR)
    monkeypatch.setattr(versions, "salted_hmac", None)

    assert versions.sign(COLOR) == version
