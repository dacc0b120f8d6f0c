"""The list of notes on the dashboard."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError

from landing.admin.dashboard.notes import lines
from landing.admin.dashboard.ranges import CUSTOM, Range
from landing.tables.notes import ChartNote

DAY = date(2026, 1, 31)
MIDNIGHT = datetime(2026, 1, 31, tzinfo=UTC)
SHOWN = Range(CUSTOM, DAY, DAY)


@pytest.mark.django_db
def test_the_notes_of_the_range_are_listed_oldest_first(django_user_model: Any) -> None:
    ana = django_user_model.objects.create_user("ana")
    for text, hours in (("too early", -0.1), ("late", 23.9), ("first", 0), ("too late", 24)):
        ChartNote.objects.create(at=MIDNIGHT + timedelta(hours=hours), text=text, author=ana)

    found = lines.read_notes(SHOWN)

    assert [line[1:] for line in lines.build_lines(found)] == [
        ("31 Jan, 00:00", "first", "ana"),
        ("31 Jan, 23:54", "late", "ana"),
    ]
    assert {line.author for line in lines.build_lines(found, with_authors=False)} == {""}


@pytest.mark.django_db
def test_a_note_stays_without_its_author(django_user_model: Any) -> None:
    ana = django_user_model.objects.create_user("ana", first_name="Ana")
    ChartNote.objects.create(at=MIDNIGHT, text="a deploy", author=ana)
    (line,) = lines.build_lines(lines.read_notes(SHOWN))
    assert line.author == "Ana"

    ana.delete()

    (line,) = lines.build_lines(lines.read_notes(SHOWN))
    assert (line.text, line.author) == ("a deploy", "")


def test_without_a_database_there_are_no_notes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**conditions: Any) -> None:
        raise OperationalError("no such table")

    monkeypatch.setattr(ChartNote.objects, "filter", fail)

    assert lines.read_notes(SHOWN) == ()
    assert "Reading the notes of the charts failed" in caplog.text
    lines.outage.record_success()
