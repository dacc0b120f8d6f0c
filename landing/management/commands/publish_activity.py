"""``manage.py publish_activity``: publish one activity from a shell or a script."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_datetime

from ...activity import publishing
from ...activity.kinds import KINDS
from ...activity.validation import InvalidActivity
from ...models import Activity

#: The end of the message, by the decision of the rate limit.
OUTCOMES = {
    Activity.Reach.PUSHED: "and is shown on open pages",
    Activity.Reach.HELD: "but is rate-limited, so open pages do not show it",
    Activity.Reach.WAITING: "and is pending: a server applies the rate limit within a heartbeat",
}
#: Arguments of the command by field.
ARGUMENTS = {
    "kind": "--kind",
    "text": "text",
    "data": "--data",
    "external_id": "--external-id",
    "created_at": "--at",
}


class Command(BaseCommand):
    """Publish one activity."""

    help = "Publish an activity. Open pages show it within a second."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("text", help='what happened, such as "joined"')
        parser.add_argument("--kind", required=True, help=f"one of {', '.join(KINDS)}")
        parser.add_argument("--actor", default="", help="name of the actor")
        parser.add_argument("--data", default="{}", help="a JSON object for programs")
        parser.add_argument(
            "--external-id", help="your id; repeated runs with the same id publish once"
        )
        parser.add_argument(
            "--at", help="when it happened, for example 2026-01-31T12:00:00Z (default: now)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            published = publishing.publish(
                kind=options["kind"],
                text=options["text"],
                actor=options["actor"],
                data=_parse_data(options["data"]),
                external_id=options["external_id"],
                created_at=_parse_time(options["at"]),
            )
        except InvalidActivity as error:
            errors = [f"{ARGUMENTS[field]}: {text}" for field, text in error.errors.items()]
            raise CommandError(" ".join(errors)) from error
        published.refresh_from_db()
        outcome = OUTCOMES[Activity.Reach(published.reach)]
        if published.is_hidden:
            outcome = "but is hidden"
        self.stdout.write(f"Activity {published.pk} was published {outcome}.")


def _parse_data(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise CommandError(f"--data must be a JSON object, for example {{}} (got '{text:.40}').")
    return data


def _parse_time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        time = parse_datetime(text)
    except ValueError:
        time = None
    if time is None:
        raise CommandError(
            f"--at must be an ISO 8601 time, for example 2026-01-31T12:00:00Z (got '{text:.40}')."
        )
    return time
