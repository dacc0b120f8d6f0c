"""The rate limit of the feed: at most N activities reach open pages within any 60 seconds.

Each activity is decided once, and decisions are serialized across the whole deployment.
The decision is stored with the activity, so a restart of Redis cannot lose it, and an idle
feed costs no query (docs/decisions/0009-rate-limit-in-the-database.md).
:mod:`landing.activity.delivery` calls :func:`decide` and acts on the result.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from .. import conf
from ..dates import utc_now
from ..models import Activity
from ..names import LABEL

WINDOW = timedelta(seconds=60)
#: Minimum time between two decisions, so that their order does not depend on server clocks.
STEP = timedelta(microseconds=1)
#: Key of the PostgreSQL advisory lock: the first bytes of the label in ASCII.
LOCK_KEY = int.from_bytes(LABEL.encode()[:7])
#: Maximum wait for the lock, and maximum time that its holder may be idle.
LOCK_TIMEOUT = "5s"


def decide(activity_id: int, now: datetime | None = None) -> Activity | None:
    """Decide whether an activity reaches open pages, and return it with the decision.

    Return None if the activity is already decided or does not exist. If a
    :class:`django.db.Error` is raised, the activity stays undecided and can be tried again.
    """
    now = now or utc_now()
    database = router.db_for_write(Activity)
    with transaction.atomic(using=database):
        _lock_decisions(connections[database])
        activities = Activity.objects.using(database)
        # Write first: on SQLite, the first write takes the lock that serializes decisions.
        if not activities.waiting().filter(pk=activity_id).update(reach=Activity.Reach.HELD):
            return None
        activity: Activity = activities.get(pk=activity_id)
        # This excludes the activity itself, which has no decided_at yet. It also excludes
        # decisions by a clock far ahead: they would block the feed until that time.
        decided = activities.filter(decided_at__lte=now + WINDOW)
        decided_at = _decision_time(now, decided.last_decided_at())
        limit = conf.read().LANDING_ACTIVITY_PER_MINUTE
        if not activity.is_hidden and decided.count_pushed_since(decided_at - WINDOW) < limit:
            activity.skipped = decided.count_held_since_last_push()
            activity.reach = Activity.Reach.PUSHED
        activity.decided_at = decided_at
        activity.save(using=database, update_fields=("reach", "decided_at", "skipped"))
        return activity


def _decision_time(now: datetime, last: datetime | None) -> datetime:
    """Return ``now``, or a time just after the last decision if this clock is behind."""
    return now if last is None else max(now, last + STEP)


def _lock_decisions(connection: BaseDatabaseWrapper) -> None:
    """Take the advisory lock until the end of the transaction. SQLite needs no lock."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Without the timeouts, a host that vanished with the lock would block every
            # publisher until TCP gives up, which takes hours. PostgreSQL evaluates the
            # columns from left to right, so the timeouts apply to the lock.
            cursor.execute(
                "SELECT set_config('lock_timeout', %s, true),"
                " set_config('idle_in_transaction_session_timeout', %s, true),"
                " pg_advisory_xact_lock(%s)",
                [LOCK_TIMEOUT, LOCK_TIMEOUT, LOCK_KEY],
            )
