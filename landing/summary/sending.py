"""Send the summary of a week once, even if two runs start at the same time."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from datetime import date, timedelta

from django.core.mail import EmailMessage

from ..dates import format_utc, site_day, utc_now
from ..tables.summaries import WeeklySummary

#: A run that has not finished after this time was killed, and another may start.
MAX_RUN = timedelta(minutes=10)


class NotSent(Exception):
    """The summary is not sent now. The text explains why."""


class AlreadySent(NotSent):
    """The summary of the week has been sent before."""


class MailError(Exception):
    """The mail server is unavailable or refuses the message. The text has no secret."""


def last_week() -> tuple[date, date]:
    """Return the Monday and the Sunday of the last full week in the site's time zone."""
    today = site_day(utc_now())
    monday = today - timedelta(days=today.weekday() + 7)
    return monday, monday + timedelta(days=6)


def send_once(week: date, build: Callable[[], EmailMessage], *, is_forced: bool = False) -> None:
    """Build and send the message of the week; raise NotSent or MailError.

    After an error, the week counts as not sent, and the next run sends it.
    """
    _claim(week, is_forced=is_forced)
    try:
        _send(build())
    except BaseException:
        WeeklySummary.objects.filter(pk=week, sent_at=None).delete()
        raise
    WeeklySummary.objects.filter(pk=week).update(sent_at=utc_now())


def _claim(week: date, *, is_forced: bool) -> None:
    """Mark the week as being sent by this run."""
    now = utc_now()
    row, is_new = WeeklySummary.objects.get_or_create(week=week, defaults={"started_at": now})
    if is_new:
        return
    if row.sent_at and not is_forced:
        at = format_utc(row.sent_at, "minutes")
        raise AlreadySent(f"The summary of the week from {week} was sent at {at}.")
    if not row.sent_at and row.started_at > now - MAX_RUN:
        raise NotSent(f"Another run sends the summary of the week from {week}.")
    # Only one of two runs changes the row that both have read.
    unchanged = WeeklySummary.objects.filter(pk=week, started_at=row.started_at)
    if not unchanged.update(started_at=now):
        raise NotSent(f"Another run sends the summary of the week from {week}.")


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except smtplib.SMTPAuthenticationError as error:
        raise MailError(f"it refuses the user or the password (code {error.smtp_code})") from error
    except smtplib.SMTPRecipientsRefused as error:
        raise MailError("it refuses every recipient") from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailError(f"{type(error).__name__}: {error}") from error
