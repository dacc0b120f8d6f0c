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

#: What became of it, for whoever ran the command.
OUTCOMES = {
    Activity.Reach.PUSHED: "and on the pages",
    Activity.Reach.HELD: "but held back from the pages: enough reached them within a minute",
    Activity.Reach.WAITING: "and decided on within a heartbeat",
}
#: Fields whose option has another name.
OPTIONS = {"created_at": "at", "external_id": "external-id"}


class Command(BaseCommand):
    help = "Publish an activity: stored, and on every open page within a second."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("text", help='what happened, such as "joined"')
        parser.add_argument("--kind", required=True, help=f"one of {', '.join(KINDS)}")
        parser.add_argument("--actor", default="", help="who did it")
        parser.add_argument("--data", default="{}", help="a JSON object for programs")
        parser.add_argument(
            "--external-id", help="published again with the same one, it is published once"
        )
        parser.add_argument("--at", help="when it happened, such as 2026-01-31T12:00:00Z")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            published = publishing.publish(
                kind=options["kind"],
                text=options["text"],
                actor=options["actor"],
                data=_data(options["data"]),
                external_id=options["external_id"],
                created_at=_moment(options["at"]),
            )
        except InvalidActivity as error:
            named = [(OPTIONS.get(name, name), text) for name, text in error.errors.items()]
            raise CommandError("; ".join(f"{name}: {text}" for name, text in named)) from error
        published.refresh_from_db()
        outcome = OUTCOMES[Activity.Reach(published.reach)]
        if published.is_hidden:
            outcome = "but hidden"
        self.stdout.write(f"Activity {published.pk} is published, {outcome}.")


def _data(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise CommandError("data: This is no JSON object.")
    return data


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError("at: This is no moment, such as 2026-01-31T12:00:00Z.")
    return moment
