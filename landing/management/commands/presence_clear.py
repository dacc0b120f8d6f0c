"""``manage.py presence_clear``: drop everything that presence knows and count anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ..shared_presence import ask

WHAT_FOLLOWS = (
    "Live workers report again by themselves within a heartbeat; until then the screens "
    "show the last numbers as stale."
)


class Command(BaseCommand):
    help = f"Drop everything that presence knows of everybody. {WHAT_FOLLOWS}"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--no-input",
            "--noinput",
            action="store_false",
            dest="interactive",
            help="do not ask",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["interactive"]:
            self._confirm(len(ask(lambda presence: presence.inspect()).workers))
        ask(lambda presence: presence.clear())
        self.stdout.write(f"Presence is cleared. {WHAT_FOLLOWS}")

    def _confirm(self, workers: int) -> None:
        self.stdout.write(f"This drops what {workers} workers have reported. {WHAT_FOLLOWS}")
        try:
            reply = input("Type 'yes' to clear presence: ")
        except EOFError:
            raise CommandError("Nobody is there to confirm; use --no-input.") from None
        if reply != "yes":
            raise CommandError("Presence was not cleared.")
