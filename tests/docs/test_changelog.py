"""The changelog is ready for a tag of the version in ``pyproject.toml``."""

from __future__ import annotations

import re
from datetime import date

from landing_site import version
from tests.migrations import previous
from tests.services.site import ROOT

CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
HEADINGS = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
RELEASES = [re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)", each) for each in HEADINGS[1:]]
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def sections() -> list[str]:
    """Return the text of each version, with that of unreleased changes first."""
    return re.split(r"^## .+$", CHANGELOG, flags=re.MULTILINE)[1:]


def kinds(section: str) -> list[str]:
    return re.findall(r"^### (.+)$", section, re.MULTILINE)


def test_the_newest_release_is_the_version_of_the_project() -> None:
    assert HEADINGS[0] == "[Unreleased]"
    numbers = [release[1] for release in RELEASES if release]
    assert len(numbers) == len(RELEASES), f"not '[1.2.3] - 2026-01-31': {HEADINGS[1:]}"
    assert numbers[0] == version.read()
    in_order = sorted(numbers, key=lambda each: [int(part) for part in each.split(".")])
    assert numbers[::-1] == in_order
    days = [date.fromisoformat(release[2]) for release in RELEASES if release]
    assert days == sorted(days, reverse=True)


def test_a_version_has_each_kind_of_change_once() -> None:
    for section in sections():
        found = [kind for kind in kinds(section) if not kind.startswith("Upgrading from ")]
        assert set(found) <= KINDS
        assert len(found) == len(set(found))


def test_the_newest_release_begins_with_the_steps_of_an_upgrade_from_the_previous_one() -> None:
    """The tests of the migrations begin at the same release."""
    previous_release = RELEASES[1]
    assert previous_release is not None
    assert kinds(sections()[1])[0] == f"Upgrading from {previous_release[1]}"
    assert previous_release[1] == previous.RELEASE
