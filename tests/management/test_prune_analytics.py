"""The command that deletes old rows and rolls up old samples."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from landing.analytics import retention
from landing.models import Analytics, CountSample
from tests.analytics.rows import row
from tests.analytics.stored_samples import sample

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def prune(*options: str) -> str:
    out = io.StringIO()
    call_command("prune_analytics", *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def old_rows() -> None:
    now = timezone.now()
    for number in range(4):
        row(number, now - 91 * DAY)
    for number in range(3):
        row(number, now - 2 * DAY, event=Analytics.Event.HEARTBEAT)
    row(9, now - 89 * DAY)
    hour = (now - 40 * DAY).replace(minute=0)
    for minutes in range(120):
        sample(hour + minutes * MINUTE)


DONE = (
    "3 dwell rows and 4 page views, rolled up 120 samples to 2 hours, "
    "and deleted 0 rows of rollups, stays, and places.\n"
)
NOTHING = (
    "eleted 0 dwell rows and 0 page views, rolled up 0 samples to 0 hours, "
    "and deleted 0 rows of rollups, stays, and places.\n"
)


@pytest.mark.usefixtures("old_rows")
def test_the_output_counts_deleted_rows_and_samples() -> None:
    assert prune() == f"Deleted {DONE}"
    assert (Analytics.objects.count(), CountSample.objects.count()) == (1, 2)
    assert prune() == f"D{NOTHING}"


@pytest.mark.usefixtures("old_rows")
def test_a_dry_run_changes_nothing() -> None:
    assert prune("--dry-run") == f"Would have deleted {DONE}"
    assert (Analytics.objects.count(), CountSample.objects.count()) == (8, 120)


@pytest.mark.usefixtures("old_rows")
def test_days_default_to_the_setting(settings: Any) -> None:
    assert "and 5 page views" in prune("--dry-run", "--days", "88")
    settings.LANDING_RETENTION_DAYS = 95
    assert "and 0 page views" in prune("--dry-run")


@pytest.mark.parametrize("days", ["0", "-1", "36501", "1e3", "9" * 30, "many", ""])
def test_days_out_of_range_are_an_error(days: str) -> None:
    row(1, timezone.now() - 1000 * DAY)

    with pytest.raises(CommandError, match="--days"):
        prune(f"--days={days}")
    assert Analytics.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("old_rows")
def test_ctrl_c_keeps_the_finished_batches(monkeypatch: Any) -> None:
    monkeypatch.setattr(retention, "BATCH_ROWS", 60)

    def interrupt(execute: Any, sql: str, *arguments: Any) -> Any:
        if sql.startswith("DELETE") and not Analytics.objects.filter(event="heartbeat").exists():
            raise KeyboardInterrupt
        return execute(sql, *arguments)

    with (
        connection.execute_wrapper(interrupt),
        pytest.raises(CommandError, match=r"So far, deleted 3 dwell rows and 0 .* again"),
    ):
        prune()

    assert prune() == f"Deleted {DONE.replace('3 dwell', '0 dwell')}"


@pytest.mark.usefixtures("old_rows")
def test_a_terminal_shows_a_bar_for_each_task() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    call_command("prune_analytics", stdout=out)

    for task in retention.Task:
        assert task in out.getvalue()
    assert out.getvalue().count("100%") >= 3
    assert out.getvalue().endswith(f"Deleted {DONE}")
