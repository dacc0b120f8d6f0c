"""Send the summary of a week at most once, even if a run crashes, or two start at the same time.

A run claims the week before it sends. If it does not learn or cannot store the result, the claim
stays. So a crash or a timeout may lose a message, but never sends one twice.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any, NoReturn

from django.core.mail import EmailMessage, get_connection
from django.db import Error as DatabaseError

from ..dates import format_utc, site_day, utc_now
from ..tables.summaries import WeeklySummary

logger = logging.getLogger(__name__)

#: A run that has not finished after this time was killed.
MAX_RUN = timedelta(minutes=10)
#: Errors after which the mail server certainly has not accepted the message. After another one,
#: such as a timeout, it may have.
REFUSALS = (
    smtplib.SMTPResponseException,
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPNotSupportedError,
    ValueError,  # of an address or a header, before the message is sent
)
ASK = "Ask a recipient, and send it with --force if it is missing."


class NotSent(Exception):
    """The summary is not sent now. The text explains why."""


class AlreadySent(NotSent):
    """The summary of the week has been sent before."""


class UnfinishedError(NotSent):
    """This run or an earlier one has no result, so nobody knows if it sent the summary."""


class MailError(Exception):
    """The mail server is unavailable or refuses the message. The text has no secret."""


def last_week() -> tuple[date, date]:
    """Return the Monday and the Sunday of the last full week in the site's time zone."""
    today = site_day(utc_now())
    monday = today - timedelta(days=today.weekday() + 7)
    return monday, monday + timedelta(days=6)


def send_once(week: date, build: Callable[[], EmailMessage], *, is_forced: bool = False) -> None:
    """Build and send the message of the week; raise NotSent or MailError.

    If the message cannot be built, or the mail server refuses it, the next run sends it.
    """
    started_at = _claim(week, is_forced=is_forced)
    try:
        message = build()
        connection = _connect(message)
    except BaseException:
        _release(week, started_at)
        raise
    try:
        message.send()
    except REFUSALS as error:
        _release(week, started_at)
        raise MailError(_describe(error)) from error
    except OSError as error:
        raise UnfinishedError(
            f"The mail server may have accepted the summary of the week from {week} "
            f"({_describe(error)}). {ASK}"
        ) from error
    _store_result(week)
    with suppress(OSError):
        connection.close()


def _connect(message: EmailMessage) -> Any:
    """Connect to the mail server first: without a connection, certainly nothing is sent."""
    try:
        message.connection = connection = message.connection or get_connection()
        connection.open()
    except OSError as error:
        raise MailError(_describe(error)) from error
    return connection


def _describe(error: Exception) -> str:
    match error:
        case smtplib.SMTPAuthenticationError():
            return f"it refuses the user or the password (code {error.smtp_code})"
        case smtplib.SMTPRecipientsRefused():
            return "it refuses every recipient"
    return f"{type(error).__name__}: {error}"


def _release(week: date, started_at: datetime) -> None:
    """Let the next run send the summary, unless another run has claimed or sent it."""
    claim = WeeklySummary.objects.filter(pk=week, started_at=started_at, sent_at=None)
    try:
        claim.delete()
    except DatabaseError as error:
        logger.error(
            "The summary of the week from %s is not sent, and the database cannot store that: %s. "
            "Run the command with --force",
            week,
            error,
        )


def _store_result(week: date) -> None:
    try:
        WeeklySummary.objects.filter(pk=week).update(sent_at=utc_now())
    except DatabaseError as error:
        logger.error(
            "The summary of the week from %s is sent, but the database cannot store that: %s. The "
            "next run of this week reports that the result is unknown",
            week,
            error,
        )


def _claim(week: date, *, is_forced: bool) -> datetime:
    """Mark the week as being sent by this run. Return the time in the mark."""
    now = utc_now()
    row, is_new = WeeklySummary.objects.get_or_create(week=week, defaults={"started_at": now})
    if is_new:
        return now
    if not row.sent_at and row.started_at > now - MAX_RUN:
        raise NotSent(f"Another run sends the summary of the week from {week}.")
    if not is_forced:
        _refuse(row)
    # Only one of two runs changes the row that both have read.
    unchanged = WeeklySummary.objects.filter(pk=week, started_at=row.started_at)
    if not unchanged.update(started_at=now):
        raise NotSent(f"Another run sends the summary of the week from {week}.")
    return now


def _refuse(row: WeeklySummary) -> NoReturn:
    """Report how the run before ended."""
    summary = f"The summary of the week from {row.week}"
    if row.sent_at:
        raise AlreadySent(f"{summary} was sent at {format_utc(row.sent_at, 'minutes')}.")
    raise UnfinishedError(
        f"{summary} may not have been sent: the run that began at "
        f"{format_utc(row.started_at, 'minutes')} has stored no result. {ASK}"
    )
