"""The table of stays: how many visitors stayed how long. It has no visitor.

:mod:`landing.analytics.stays` writes and reads it.
"""

from __future__ import annotations

from django.db import models

from ..names import LABEL


class StayCount(models.Model):
    """The stays of one length that ended in one slot.

    A slot is the Unix minute at which a quarter of an hour begins, and a bucket is a range of
    lengths (:mod:`landing.analytics.stays.median`).
    """

    slot = models.IntegerField()
    bucket = models.SmallIntegerField()
    stays = models.IntegerField()
    #: How many of them ``seed_analytics`` wrote.
    demo_stays = models.IntegerField(default=0, db_default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(name=f"{LABEL}_staycount_one", fields=("slot", "bucket")),
        )

    def __str__(self) -> str:
        return f"{self.stays} stays of bucket {self.bucket} in slot {self.slot}"
