"""Which activities reach the pages: at most so many within any 60 seconds.

Owns the decision, made once per activity, one after the other for the whole deployment.
It is made in the database, where the activities are: so it is as safe from a restart of
Redis as they are, and costs nothing while nothing is published
(docs/decisions/0009-rate-limit-in-the-database.md). What follows from it is
:mod:`landing.activity.publishing`'s business.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from .. import conf
from ..models import Activity

WINDOW = timedelta(seconds=60)
#: Between two decisions, so that they have an order whatever the clocks of servers say.
STEP = timedelta(microseconds=1)
#: The name of our lock among PostgreSQL's advisory ones: "landing" in ASCII.
LOCK = int.from_bytes(b"landing")
#: So long one waits for a turn, and so long whoever has one may say nothing.
TURN_TIMEOUT = "5s"


def decide(activity_id: int, now: datetime | None = None) -> Activity | None:
    """Whether this activity reaches the pages: the row with what was decided.

    None if somebody has decided before, or there is no such activity. Raises
    :class:`django.db.Error`; then nothing is decided, and whoever looks next decides.
    """
    now = now or timezone.now()
    database = router.db_for_write(Activity)
    with transaction.atomic(using=database):
        _wait_for_our_turn(connections[database])
        activities = Activity.objects.using(database)
        # The first statement writes: on SQLite that is what others wait for.
        if not activities.waiting().filter(pk=activity_id).update(reach=Activity.Reach.HELD):
            return None
        activity: Activity = activities.get(pk=activity_id)
        # Not this one, which has no moment yet, and none by a clock that was far ahead: the
        # pages would hear of nothing until that time has come.
        decided = activities.filter(decided_at__lte=now + WINDOW)
        moment = _moment(now, decided.last_decided_at())
        limit = conf.read().LANDING_ACTIVITY_PER_MINUTE
        if not activity.is_hidden and decided.count_pushed_since(moment - WINDOW) < limit:
            activity.skipped = decided.count_held_since_last_push()
            activity.reach = Activity.Reach.PUSHED
        activity.decided_at = moment
        activity.save(using=database, update_fields=("reach", "decided_at", "skipped"))
        return activity


def _moment(now: datetime, last: datetime | None) -> datetime:
    """Never before the last decision: a server's clock may be behind another's."""
    return now if last is None else max(now, last + STEP)


def _wait_for_our_turn(connection: BaseDatabaseWrapper) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # A machine that is gone with the lock would have everybody who publishes wait
            # until TCP gives it up: hours. Settings first: they are set from left to right.
            cursor.execute(
                "SELECT set_config('lock_timeout', %s, true),"
                " set_config('idle_in_transaction_session_timeout', %s, true),"
                " pg_advisory_xact_lock(%s)",
                [TURN_TIMEOUT, TURN_TIMEOUT, LOCK],
            )
