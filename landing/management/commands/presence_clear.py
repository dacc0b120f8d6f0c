"""``manage.py presence_clear``: delete all presence data, so that workers report again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ..shared_presence import call_backend

CONSEQUENCE = (
    "Running servers report again within a heartbeat. Until then, pages show the last "
    "numbers as stale."
)


class Command(BaseCommand):
    """Delete all presence data after a confirmation."""

    help = f"Delete all presence data. {CONSEQUENCE}"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--no-input",
            "--noinput",
            action="store_false",
            dest="interactive",
            help="do not ask for confirmation",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["interactive"]:
            self._confirm(len(call_backend(lambda backend: backend.inspect()).workers))
        call_backend(lambda backend: backend.clear())
        self.stdout.write(f"Presence data deleted. {CONSEQUENCE}")

    def _confirm(self, workers: int) -> None:
        self.stdout.write(f"This deletes the reports of {workers} workers. {CONSEQUENCE}")
        try:
            reply = input("Type 'yes' to delete all presence data: ")
        except EOFError:
            raise CommandError("No terminal to confirm on. Use --no-input.") from None
        if reply != "yes":
            raise CommandError("Canceled. Presence data was not deleted.")
