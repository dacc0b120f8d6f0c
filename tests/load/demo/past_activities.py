"""The activities of the demo's past: the sign-ups and purchases that its page views show."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from landing.analytics import demo
from landing.analytics.demo import journeys
from landing.models import Activity
from tests.load.demo.accounts import PURCHASES, new_names

#: The page that follows an activity is loaded after this time.
LEAD = timedelta(seconds=1)


def write(rng: Random) -> int:
    """Store an activity before each page view that follows one, as if it had been published.

    Return how many.
    """
    views = demo.stored_rows().filter(path__in=(journeys.WELCOME, journeys.THANKS))
    unused, names = new_names(rng), dict[int, str]()
    activities = []
    for user, path, at in views.order_by("created_at").values_list("user_id", "path", "created_at"):
        is_purchase = path == journeys.THANKS
        if user not in names:
            names[user] = next(unused)
        activities.append(
            Activity(
                kind="purchase" if is_purchase else "signup",
                text=rng.choice(PURCHASES) if is_purchase else "joined",
                actor=names[user],
                created_at=at - LEAD,
                decided_at=at - LEAD,
                reach=Activity.Reach.PUSHED,
            )
        )
    return len(Activity.objects.bulk_create(activities))
