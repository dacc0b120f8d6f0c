"""The list of the notes of a range."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple

from django.db import Error as DatabaseError

from ....resilience import errors
from ....resilience.outage import Outage
from ....tables.notes import ChartNote
from ....tables.users import with_user
from ....visitors.sessions import accounts
from ...site_time import DATE_AND_CLOCK, format_time
from ..ranges import Range

#: The parameter of a note's form that names the range of the dashboard to return to.
RETURN_PARAMETER = "dashboard"

outage = Outage(
    logging.getLogger(__name__),
    "Reading the notes of the charts",
    "the charts have no marks",
    errors=errors.database.labels("read_notes"),
)


class NoteLine(NamedTuple):
    """One entry of the list."""

    pk: int
    at: str
    text: str
    author: str


def read_notes(shown: Range) -> Sequence[ChartNote]:
    """Return the notes of the range, oldest first; none if the database fails."""
    try:
        notes = ChartNote.objects.filter(at__gte=shown.start, at__lt=shown.end)
        found = list(with_user(notes, "author").order_by("at", "pk"))
    except DatabaseError as error:
        outage.record_failure(error)
        return ()
    outage.record_success()
    return found


def build_lines(notes: Sequence[ChartNote], *, with_authors: bool = True) -> list[NoteLine]:
    """Return the entries, in the order of their numbers on the charts."""
    return [
        NoteLine(
            note.pk,
            format_time(note.at, DATE_AND_CLOCK),
            note.text,
            _name(note) if with_authors else "",
        )
        for note in notes
    ]


def _name(note: ChartNote) -> str:
    return accounts.display_name(note.author) if note.author else ""
