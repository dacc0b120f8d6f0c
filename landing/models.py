"""The tables: analytics rows, samples, activities, and tokens.

It has columns, indexes, and constraints. :mod:`landing.tables.querysets` has the queries. Django
finds tables in this module only, so it also imports those of :mod:`landing.tables`.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils import timezone

from .dates import AwareDateTimeField, from_unix_minute
from .names import LABEL, index_name
from .tables import querysets
from .tables.notes import ChartNote as ChartNote
from .tables.page import Page as Page
from .tables.places import PlaceDay as PlaceDay
from .tables.rollups import HOST_LENGTH, PATH_LENGTH, VALUE_LENGTH
from .tables.secrets import HashedSecret
from .tables.shared_links import SharedLink as SharedLink
from .tables.stays import StayCount as StayCount
from .tables.summaries import WeeklySummary as WeeklySummary
from .tables.users import user_key
from .visitors.visitor_cookie import VISITOR_BYTES

#: Lengths of an activity's columns in code points, as databases count them.
KIND_LENGTH = 32
TEXT_LENGTH = 280
ACTOR_LENGTH = 80
EXTERNAL_ID_LENGTH = 200
#: ``data`` of rows that ``seed_analytics`` writes. Nothing else writes this value.
DEMO_MARK = {"demo": True}


# The choices are used as ``Analytics.Event`` and ``Activity.Reach``. They stand here because
# the body of ``class Meta`` cannot see the names of the class around it.


class Event(models.TextChoices):
    """The events of analytics rows; ``HEARTBEAT`` is the stored name of a dwell row."""

    PAGE_VIEW = "page_view", "page view"
    HEARTBEAT = "heartbeat", "dwell"


class Reach(models.TextChoices):
    """Whether the rate limit let an activity reach open pages."""

    WAITING = "waiting", "pending"
    PUSHED = "pushed", "shown"
    HELD = "held", "rate-limited"


class Analytics(models.Model):
    """One page view or dwell row of one visitor, without address and user agent.

    ``user`` has no constraint in the database, because a row may be written after its user
    was deleted, and such a row must not fail its batch. Deleting a user clears the column.
    """

    Event = Event

    visitor_id = models.BinaryField(max_length=VISITOR_BYTES)
    user = user_key(db_index=False)
    event = models.CharField(max_length=16, choices=Event)
    path = models.CharField(max_length=PATH_LENGTH, blank=True)
    #: Host of the page that linked here; empty if unknown.
    referrer_host = models.CharField(max_length=HOST_LENGTH, blank=True)
    #: Campaign of the link, language of the browser, and width of the window; empty if unknown.
    utm_source = models.CharField(max_length=VALUE_LENGTH, blank=True, default="", db_default="")
    utm_campaign = models.CharField(max_length=VALUE_LENGTH, blank=True, default="", db_default="")
    language = models.CharField(max_length=8, blank=True, default="", db_default="")
    width = models.CharField(max_length=8, blank=True, default="", db_default="")
    created_at = AwareDateTimeField(default=timezone.now)
    data = models.JSONField(default=dict, blank=True)

    objects = querysets.AnalyticsQuerySet.as_manager()

    class Meta:
        verbose_name = "analytics row"
        verbose_name_plural = "analytics"
        indexes = (
            # Covers the query of active visitors, see
            # docs/decisions/0002-index-for-the-active-window.md.
            models.Index(fields=("created_at", "visitor_id"), name=index_name("analytics_window")),
            # Used only to clear the rows of a deleted user; few rows have a user.
            models.Index(
                fields=("user",),
                name=index_name("analytics_user"),
                condition=models.Q(user__isnull=False),
            ),
        )
        constraints = (
            models.CheckConstraint(
                name=f"{LABEL}_analytics_visitor_has_16_bytes",
                condition=Exact(Length("visitor_id"), VISITOR_BYTES),
            ),
            # Workers give dwell rows the same times, so a visitor who is connected to two workers
            # leaves one row. Pruning uses this index to find old dwell rows.
            models.UniqueConstraint(
                name=f"{LABEL}_analytics_one_heartbeat",
                fields=("created_at", "visitor_id"),
                condition=models.Q(event=Event.HEARTBEAT),
            ),
            models.CheckConstraint(
                name=f"{LABEL}_analytics_event_is_known",
                condition=models.Q(event__in=Event.values),
            ),
        )

    def __str__(self) -> str:
        return f"{self.event} {self.path} by {self.visitor}"

    @property
    def visitor(self) -> str:
        """Return the visitor id as 32 hex digits, as the admin shows and searches it."""
        return self.visitor_id.hex()


class CountSample(models.Model):
    """The counts of one minute, or their means over the minutes of one hour.

    A minute without a sample has no row. Old samples are rolled up to one row per hour: it
    keeps the key of the hour's first sample, and ``minutes`` counts the minutes it covers.
    """

    #: Minutes since 1970-01-01T00:00Z. As the key, it permits one sample per minute.
    minute = models.PositiveIntegerField(primary_key=True)
    people = models.PositiveIntegerField()
    connections = models.PositiveIntegerField()
    #: None if the analytics table could not be read.
    active = models.PositiveIntegerField(null=True, blank=True)
    #: Most people at once in the minutes that this row covers.
    peak_people = models.PositiveIntegerField()
    minutes = models.PositiveSmallIntegerField(default=1)
    #: True for rows of ``seed_analytics``.
    is_demo = models.BooleanField("demo data", default=False)

    objects = querysets.CountSampleQuerySet.as_manager()

    class Meta:
        verbose_name = "sample"

    def __str__(self) -> str:
        return f"{self.people} people at {self.at:%Y-%m-%d %H:%M} UTC"

    @property
    def at(self) -> datetime:
        """Return the start of the minute, in UTC."""
        return from_unix_minute(self.minute)


class ServingProcess(models.Model):
    """One row: the process that last served with presence in its memory."""

    process = models.CharField(max_length=32)

    objects = querysets.ServingProcessQuerySet.as_manager()

    def __str__(self) -> str:
        return self.process


class Activity(models.Model):
    """One published activity. Only :mod:`landing.activity.publishing` writes rows.

    ``created_at`` is the time of the event, in whole ms. ``decided_at`` is the time of the
    rate limit's decision and orders these decisions (:mod:`landing.activity.rate_limit`).
    """

    Reach = Reach

    kind = models.CharField(max_length=KIND_LENGTH)
    text = models.CharField(max_length=TEXT_LENGTH)
    #: The full name. LANDING_ACTIVITY_ACTOR_DISPLAY sets how much of it is shown.
    actor = models.CharField(max_length=ACTOR_LENGTH, blank=True)
    #: Extra values for programs. Pages never receive them.
    data = models.JSONField(default=dict, blank=True)
    created_at = AwareDateTimeField(default=timezone.now)
    #: The publisher's own id. Publishing the same id again creates no second activity.
    external_id = models.CharField(
        max_length=EXTERNAL_ID_LENGTH, unique=True, null=True, blank=True, editable=False
    )
    is_hidden = models.BooleanField("hidden", default=False)
    reach = models.CharField(max_length=8, choices=Reach, default=Reach.WAITING, editable=False)
    #: None until the rate limit has decided.
    decided_at = AwareDateTimeField("processed at", null=True, blank=True, editable=False)
    #: Count of the activities held back since the previous one that reached the pages.
    skipped = models.PositiveIntegerField("left out before this one", default=0, editable=False)

    objects = querysets.ActivityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "activities"
        indexes = (
            # For the lists of the API and of the admin, which includes hidden activities.
            models.Index(fields=("created_at", "id"), name=index_name("activity_newest")),
            # For the feed: the query must not scan a flood of held-back activities.
            models.Index(fields=("reach", "created_at", "id"), name=index_name("activity_feed")),
            models.Index(fields=("reach", "decided_at"), name=index_name("activity_turns")),
            # For the admin's filters by rare values.
            models.Index(fields=("kind", "created_at", "id"), name=index_name("activity_kinds")),
            models.Index(
                fields=("created_at", "id"),
                name=index_name("activity_hidden"),
                condition=models.Q(is_hidden=True),
            ),
        )
        constraints = (
            models.CheckConstraint(
                name=f"{LABEL}_activity_reach_is_known",
                condition=models.Q(reach__in=Reach.values),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind}: {self.actor} {self.text}".strip()


class PublishToken(HashedSecret):
    """A token with which a service publishes activities over REST; stored as a hash.

    ``scope`` holds kinds separated by commas; empty means every kind.
    """

    scope = models.CharField(
        max_length=200,
        blank=True,
        help_text="Kinds this token may publish, comma-separated. Leave empty for all.",
    )
    last_used_at = AwareDateTimeField(null=True, blank=True, editable=False)

    class Meta(HashedSecret.Meta):
        verbose_name = "token"
        verbose_name_plural = "tokens"

    @property
    def kinds(self) -> list[str]:
        """Return the kinds that the token may publish; empty means every kind."""
        return [kind.strip() for kind in self.scope.split(",") if kind.strip()]

    def may_publish(self, kind: str) -> bool:
        """Return True if the scope includes ``kind``."""
        return not self.kinds or kind in self.kinds
