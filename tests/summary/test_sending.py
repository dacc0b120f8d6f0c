"""The summary of a week is sent once."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import OperationalError
from django.db.models import QuerySet
from django.test import override_settings

from landing.summary import sending
from landing.tables.summaries import WeeklySummary

WEEK = date(2026, 1, 19)


class Unavailable(BaseEmailBackend):
    """A mail server that cannot be reached."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def open(self) -> bool:
        raise self._error


class Refused(EmailMessage):
    """A message that the mail server refuses."""

    def __init__(self, error: BaseException) -> None:
        super().__init__("Hello", "", to=["ana@example.com"])
        self._error = error

    def send(self, fail_silently: bool = False) -> int:
        raise self._error


def message() -> EmailMessage:
    return EmailMessage("Hello", "", to=["ana@example.com"])


def fail(*arguments: Any, **values: Any) -> int:
    raise OperationalError("gone away")


def refuse_with(error: BaseException) -> Callable[[], EmailMessage]:
    return lambda: Refused(error)


@pytest.mark.parametrize(
    ("now", "zone", "first", "last"),
    [
        (datetime(2026, 1, 26, tzinfo=UTC), "UTC", date(2026, 1, 19), date(2026, 1, 25)),
        (datetime(2026, 2, 1, 23, 59, tzinfo=UTC), "UTC", date(2026, 1, 19), date(2026, 1, 25)),
        (
            datetime(2026, 1, 25, 23, tzinfo=UTC),
            "Asia/Tokyo",
            date(2026, 1, 19),
            date(2026, 1, 25),
        ),
        (datetime(2026, 1, 25, 23, tzinfo=UTC), "UTC", date(2026, 1, 12), date(2026, 1, 18)),
    ],
)
def test_the_last_full_week_ends_on_sunday_in_the_zone_of_the_site(
    monkeypatch: pytest.MonkeyPatch, now: datetime, zone: str, first: date, last: date
) -> None:
    monkeypatch.setattr(sending, "utc_now", lambda: now)
    with override_settings(TIME_ZONE=zone):
        assert sending.last_week() == (first, last)


@pytest.mark.django_db
def test_a_second_run_in_the_week_sends_only_by_force() -> None:
    sending.send_once(WEEK, message)
    with pytest.raises(sending.AlreadySent, match="week from 2026-01-19 was sent at 20"):
        sending.send_once(WEEK, message)
    assert len(mail.outbox) == 1

    sending.send_once(WEEK, message, is_forced=True)
    sending.send_once(WEEK + timedelta(days=7), message)

    assert len(mail.outbox) == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "text"),
    [
        (smtplib.SMTPRecipientsRefused({}), "refuses every recipient"),
        (smtplib.SMTPSenderRefused(550, b"no", "ana"), "SMTPSenderRefused: "),
        (smtplib.SMTPDataError(451, b"later"), "SMTPDataError: "),
        (ValueError("Invalid address"), "ValueError: Invalid address"),
    ],
)
def test_after_a_refusal_the_next_run_sends(error: Exception, text: str) -> None:
    with pytest.raises(sending.MailError, match=text):
        sending.send_once(WEEK, refuse_with(error))
    assert not WeeklySummary.objects.exists()

    sending.send_once(WEEK, message)

    assert len(mail.outbox) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "ConnectionRefusedError: "),
        (TimeoutError("timed out"), "TimeoutError: timed out"),
        (smtplib.SMTPAuthenticationError(535, b"bad"), r"refuses the user or the password \(code"),
        (smtplib.SMTPServerDisconnected("gone"), "SMTPServerDisconnected: gone"),
    ],
)
def test_without_a_connection_the_next_run_sends(error: Exception, text: str) -> None:
    unavailable = EmailMessage("Hello", "", to=["ana@example.com"], connection=Unavailable(error))
    with pytest.raises(sending.MailError, match=text):
        sending.send_once(WEEK, lambda: unavailable)

    assert not WeeklySummary.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("error", [TimeoutError(), smtplib.SMTPServerDisconnected("gone")])
def test_a_message_whose_answer_is_lost_is_not_sent_twice(error: Exception) -> None:
    """The mail server may have accepted the message."""
    with pytest.raises(sending.UnfinishedError, match=r"may have accepted .* --force"):
        sending.send_once(WEEK, refuse_with(error))

    with pytest.raises(sending.NotSent):
        sending.send_once(WEEK, message)
    assert not mail.outbox


@pytest.mark.django_db
def test_a_slow_run_that_fails_keeps_the_claim_of_the_next_one() -> None:
    def fail_after_another_run_has_claimed() -> EmailMessage:
        WeeklySummary.objects.update(started_at=sending.utc_now() + sending.MAX_RUN)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        sending.send_once(WEEK, fail_after_another_run_has_claimed)

    assert WeeklySummary.objects.exists()


@pytest.mark.django_db
def test_an_error_after_force_keeps_the_week_as_sent() -> None:
    sending.send_once(WEEK, message)
    with pytest.raises(sending.MailError):
        sending.send_once(WEEK, refuse_with(smtplib.SMTPDataError(451, b"later")), is_forced=True)

    with pytest.raises(sending.AlreadySent):
        sending.send_once(WEEK, message)


@pytest.mark.django_db
def test_a_run_that_is_interrupted_before_it_sends_leaves_no_mark() -> None:
    def build() -> EmailMessage:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sending.send_once(WEEK, build)

    assert not WeeklySummary.objects.exists()


@pytest.mark.django_db
def test_a_run_that_is_interrupted_while_it_sends_keeps_the_claim() -> None:
    """The mail server may have accepted the message."""
    with pytest.raises(KeyboardInterrupt):
        sending.send_once(WEEK, refuse_with(KeyboardInterrupt()))

    assert WeeklySummary.objects.get().sent_at is None


@pytest.mark.django_db
def test_a_database_that_fails_after_the_message_is_sent_causes_no_second_one(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sent = sending.utc_now()
    with monkeypatch.context() as patch:
        patch.setattr(QuerySet, "update", fail)
        sending.send_once(WEEK, message)
    assert "is sent, but the database cannot store that: gone away" in caplog.text
    monkeypatch.setattr(sending, "utc_now", lambda: sent + 2 * sending.MAX_RUN)
    for _ in range(2):
        with pytest.raises(sending.UnfinishedError, match="--force"):
            sending.send_once(WEEK, message)
    assert len(mail.outbox) == 1

    sending.send_once(WEEK, message, is_forced=True)

    assert len(mail.outbox) == 2
    with pytest.raises(sending.AlreadySent):
        sending.send_once(WEEK, message)


@pytest.mark.django_db
def test_a_database_that_fails_after_a_refusal_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(QuerySet, "delete", fail)
    with pytest.raises(sending.MailError):
        sending.send_once(WEEK, refuse_with(smtplib.SMTPDataError(451, b"later")))

    assert "is not sent, and the database cannot store that: gone away" in caplog.text


@pytest.mark.django_db
def test_two_runs_at_once_send_one_message() -> None:
    def send_from_another_run() -> EmailMessage:
        with pytest.raises(sending.NotSent, match="Another run"):
            sending.send_once(WEEK, message)
        return message()

    sending.send_once(WEEK, send_from_another_run)

    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_a_run_that_was_killed_is_replaced_only_by_force() -> None:
    started_at = sending.utc_now() - sending.MAX_RUN
    WeeklySummary.objects.create(week=WEEK, started_at=started_at)

    with pytest.raises(sending.UnfinishedError, match="may not have been sent"):
        sending.send_once(WEEK, message)
    assert not mail.outbox
    sending.send_once(WEEK, message, is_forced=True)

    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_force_does_not_send_while_another_run_does() -> None:
    WeeklySummary.objects.create(week=WEEK, started_at=sending.utc_now())

    with pytest.raises(sending.NotSent, match="Another run"):
        sending.send_once(WEEK, message, is_forced=True)


@pytest.mark.django_db
def test_of_two_runs_only_one_replaces_a_killed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    started_at = sending.utc_now() - sending.MAX_RUN
    WeeklySummary.objects.create(week=WEEK, started_at=started_at)

    def read_too_early(**arguments: Any) -> tuple[WeeklySummary, bool]:
        row = WeeklySummary.objects.get()
        WeeklySummary.objects.update(started_at=sending.utc_now())
        return row, False

    monkeypatch.setattr(WeeklySummary.objects, "get_or_create", read_too_early)

    with pytest.raises(sending.NotSent, match="Another run"):
        sending.send_once(WEEK, message, is_forced=True)
    assert not mail.outbox
