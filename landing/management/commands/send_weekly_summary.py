"""``manage.py send_weekly_summary``: send the figures of the last full week by e-mail."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError

from ... import conf
from ...summary import sending

#: The exit status if an earlier run may have sent the summary. A repetition does not help.
RESULT_UNKNOWN = 3


class Command(BaseCommand):
    """Send the summary, or print it."""

    help = (
        "Send the figures of the last week, Monday to Sunday, to "
        f"{conf.spell('LANDING_SUMMARY_RECIPIENTS')}. A second run in the same week sends "
        "nothing. Run it from a timer, for example on Mondays."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", action="store_true", help="send it again")
        parser.add_argument("--dry-run", action="store_true", help="print the text, send nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if not apps.is_installed("django.contrib.admin"):
            raise CommandError(
                "The summary has the figures of the dashboard in the admin. Add "
                '"django.contrib.admin" to INSTALLED_APPS.'
            )
        first, last = sending.last_week()
        recipients = conf.read().LANDING_SUMMARY_RECIPIENTS
        try:
            if options["dry_run"]:
                self.stdout.write(str(_build(first, last).body))
                return
            if not recipients:
                raise CommandError(
                    f"{conf.spell('LANDING_SUMMARY_RECIPIENTS')} is empty. Set it to e-mail "
                    "addresses, such as ana@example.com,bob@example.com."
                )
            sending.send_once(first, lambda: _build(first, last), is_forced=options["force"])
        except sending.AlreadySent as error:
            self.stdout.write(f"{error} To send it again, use --force.")
            return
        except sending.UnfinishedError as error:
            raise CommandError(str(error), returncode=RESULT_UNKNOWN) from error
        except sending.NotSent as error:
            raise CommandError(str(error)) from error
        except sending.MailError as error:
            raise CommandError(f"{_name_server()} does not accept the summary: {error}.") from error
        except DatabaseError as error:
            raise CommandError(f"The database is not available: {error}".strip()) from error
        count = len(recipients)
        people = "recipient" if count == 1 else "recipients"
        self.stdout.write(f"Sent the summary of {first} to {last} to {count} {people}.")


def _build(first: date, last: date) -> EmailMessage:
    # The dashboard needs the admin.
    from ...admin.dashboard import data_cache
    from ...admin.dashboard.ranges import CUSTOM, Range
    from ...summary import message

    data = data_cache.get_latest(Range(CUSTOM, first, last))
    if data is None:
        raise CommandError("The database is not available, so nothing was sent.")
    if data.is_incomplete:
        raise CommandError(
            "Older page views are not counted yet, so nothing was sent. Run the command again in "
            "some minutes."
        )
    return message.build(data, conf.read().LANDING_SUMMARY_RECIPIENTS)


def _name_server() -> str:
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        return f"The backend {settings.EMAIL_BACKEND}"
    return f"The mail server {settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
