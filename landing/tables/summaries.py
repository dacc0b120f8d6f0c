"""The weekly summaries that were sent."""

from __future__ import annotations

from django.db import models

from ..dates import AwareDateTimeField


class WeeklySummary(models.Model):
    """The summary of one week. While a run sends it, ``sent_at`` is None."""

    #: The Monday of the week.
    week = models.DateField(primary_key=True)
    started_at = AwareDateTimeField()
    sent_at = AwareDateTimeField(null=True)

    def __str__(self) -> str:
        return f"summary of the week from {self.week}"
