"""The notes on the charts of the dashboard."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from ..dates import AwareDateTimeField
from .users import user_key

NOTE_LENGTH = 80


class ChartNote(models.Model):
    """An event that the charts mark, such as a deploy or a newsletter.

    ``author`` has no constraint in the database, so that a server of the release before can delete
    a user who has written a note.
    """

    at = AwareDateTimeField("time", default=timezone.now, db_index=True)
    text = models.CharField(
        max_length=NOTE_LENGTH, help_text=f"Such as “Newsletter 12”, at most {NOTE_LENGTH} letters."
    )
    author = user_key(editable=False)

    class Meta:
        verbose_name = "note"
        verbose_name_plural = "notes"

    def __str__(self) -> str:
        return self.text
