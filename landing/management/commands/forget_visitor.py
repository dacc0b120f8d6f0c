"""``manage.py forget_visitor``: delete all rows of one visitor, and rename open connections."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ... import conf
from ...live.presence import factory
from ...live.sync import channel_layer, group, visitor_changes
from ...privacy import forgetting
from ...visitors import visitor_cookie
from ...visitors.visitor_cookie import VISITOR_BYTES


class Command(BaseCommand):
    """Forget the visitor with this id or cookie value."""

    help = (
        "Delete all analytics rows of one visitor. Open connections of the visitor count as those "
        "of a new one. Repeat the command after 10 seconds if the visitor was on the site: a "
        "process may have been writing rows."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "visitor", help="the id of 32 hex digits that the admin shows, or a cookie value"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        visitor = _parse(options["visitor"])
        is_published = factory.is_shared() and async_to_sync(_publish)(visitor)
        deleted = forgetting.delete_rows(visitor)
        self.stdout.write(f"Deleted {deleted:,} rows.")
        if not is_published:
            self.stdout.write(
                "Running servers were not informed. Open connections of this visitor keep the id "
                "and leave rows until they close."
            )


async def _publish(visitor: bytes) -> bool:
    change = visitor_changes.forget(visitor)
    timeout_seconds = conf.read().LANDING_REDIS_TIMEOUT_SECONDS
    return await group.publish_change(channel_layer.open_layer(), change, timeout_seconds)


def _parse(text: str) -> bytes:
    """Return the visitor id in an argument."""
    try:
        visitor = bytes.fromhex(text)
    except ValueError:
        visitor = visitor_cookie.parse_cookie(text) or b""
    if len(visitor) != VISITOR_BYTES:
        raise CommandError(
            "visitor must be 32 hex digits, or the value of a visitor cookie that this SECRET_KEY "
            f'signed (got "{text}").'
        )
    return visitor
