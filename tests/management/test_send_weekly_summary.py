"""The command that sends the weekly summary."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import override_settings
from pytest_django import Settings

from landing.admin.dashboard import data_cache
from landing.dates import day_start
from landing.summary import sending
from landing.tables.summaries import WeeklySummary
from tests.admin.dashboard.samples import dashboard_data
from tests.analytics.rows import row
from tests.services.ports import free_port

pytestmark = pytest.mark.django_db

PASSWORD = "do-not-show-this"


def run(*options: str) -> str:
    out = io.StringIO()
    call_command("send_weekly_summary", *options, stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def _recipients(settings: Settings) -> None:
    settings.LANDING_SUMMARY_RECIPIENTS = ("ana@example.com", "bob@example.com")


def test_the_figures_of_the_last_week_are_sent_once() -> None:
    first, last = sending.last_week()
    for days in (-1, 0, 6, 7):
        row(1, day_start(first) + timedelta(days=days, hours=12), path=f"/{days}")

    assert run() == f"Sent the summary of {first} to {last} to 2 recipients.\n"
    assert "To send it again, use --force." in run()
    assert len(mail.outbox) == 1
    assert run("--force").startswith("Sent ")

    body = str(mail.outbox[0].body)
    assert "Visitors: 1 (±0)" in body and "Page views: 2 (+1)" in body
    assert "/0" in body and "/6" in body and "/7" not in body and "/-1" not in body


def test_a_dry_run_prints_the_text_and_sends_nothing() -> None:
    assert "Visitors: 0" in run("--dry-run")
    assert not mail.outbox and not WeeklySummary.objects.exists()


def test_without_recipients_one_line_explains_what_to_do() -> None:
    with (
        override_settings(LANDING_SUMMARY_RECIPIENTS=()),
        pytest.raises(CommandError, match="LANDING_SUMMARY_RECIPIENTS is empty"),
    ):
        run()


def test_an_unavailable_mail_server_is_named_without_secrets() -> None:
    port = free_port()
    with (
        override_settings(
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=port,
            EMAIL_HOST_USER="ana",
            EMAIL_HOST_PASSWORD=PASSWORD,
        ),
        pytest.raises(CommandError) as error,
    ):
        run()

    assert str(error.value).startswith(f"The mail server 127.0.0.1:{port} does not accept")
    assert PASSWORD not in str(error.value) and "\n" not in str(error.value)
    assert not WeeklySummary.objects.exists()


def test_without_a_database_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_cache, "get_latest", lambda shown: None)
    with pytest.raises(CommandError, match="The database is not available, so nothing was sent"):
        run()
    assert not mail.outbox and not WeeklySummary.objects.exists()

    def fail(*arguments: object, **options: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(sending, "send_once", fail)
    with pytest.raises(CommandError, match="The database is not available: connection refused"):
        run()


def test_an_unknown_result_has_its_own_exit_status() -> None:
    first, _ = sending.last_week()
    WeeklySummary.objects.create(week=first, started_at=sending.utc_now() - 2 * sending.MAX_RUN)

    with pytest.raises(CommandError, match="may not have been sent") as error:
        run()

    assert error.value.returncode == 3
    assert run("--force").startswith("Sent ")


def test_a_week_that_is_not_counted_yet_is_sent_later(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = dashboard_data(is_incomplete=True)
    with monkeypatch.context() as patch:
        patch.setattr(data_cache, "get_latest", lambda shown: rows)
        with pytest.raises(CommandError, match="not counted yet"):
            run()
    assert not mail.outbox and not WeeklySummary.objects.exists()

    assert run().startswith("Sent ")
