"""The tables: who visited, when and where; how many were here; what happened.

Owns columns, indexes and constraints. Questions to a table are in
:mod:`landing.querysets`, writing is in :mod:`landing.analytics.recording`.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings
from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils import timezone
from rest_framework_api_key.models import AbstractAPIKey

from .querysets import ActivityQuerySet, AnalyticsQuerySet, CountSampleQuerySet, Event, Reach
from .visitors.visitor_cookie import VISITOR_BYTES

PATH_LENGTH = 512
#: The longest name that DNS allows.
HOST_LENGTH = 253
#: Lengths of an activity's columns, in code points, as databases count.
KIND_LENGTH = 32
TEXT_LENGTH = 280
ACTOR_LENGTH = 80
EXTERNAL_ID_LENGTH = 200
#: ``data`` of a row that ``seed_analytics`` made up; nothing else writes it.
DEMO_MARK = {"demo": True}


class Analytics(models.Model):
    """One page view or heartbeat of one visitor. No address, no user agent.

    ``user`` has no constraint in the database: a row may be written after its user is
    gone, and one such row must not make a batch fail. Deleting a user clears it.
    """

    Event = Event

    visitor_id = models.BinaryField(max_length=VISITOR_BYTES)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    event = models.CharField(max_length=16, choices=Event)
    path = models.CharField(max_length=PATH_LENGTH, blank=True)
    #: Where the visitor came from: the host only, empty if unknown.
    referrer_host = models.CharField(max_length=HOST_LENGTH, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    data = models.JSONField(default=dict, blank=True)

    objects = AnalyticsQuerySet.as_manager()

    class Meta:
        verbose_name = "analytics row"
        verbose_name_plural = "analytics"
        indexes = (
            # Covers the window's question: docs/decisions/0002-index-for-the-active-window.md.
            models.Index(fields=("created_at", "visitor_id"), name="landing_analytics_window"),
            # Only for clearing a deleted user's rows; few rows have a user.
            models.Index(
                fields=("user",),
                name="landing_analytics_user",
                condition=models.Q(user__isnull=False),
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="landing_analytics_visitor_has_16_bytes",
                condition=Exact(Length("visitor_id"), VISITOR_BYTES),
            ),
            # Workers stamp their heartbeats with the same moments, so that whoever is on two
            # of them leaves one row. Also what finds heartbeats that are to be pruned.
            models.UniqueConstraint(
                name="landing_analytics_one_heartbeat",
                fields=("created_at", "visitor_id"),
                condition=models.Q(event=Event.HEARTBEAT),
            ),
            models.CheckConstraint(
                name="landing_analytics_event_is_known",
                condition=models.Q(event__in=Event.values),
            ),
        )

    def __str__(self) -> str:
        return f"{self.event} {self.path} by {self.visitor}"

    @property
    def visitor(self) -> str:
        """The visitor as people read and search it: 32 hex digits."""
        return self.visitor_id.hex()


class CountSample(models.Model):
    """How many were here in one minute, or on average in the minutes of one hour.

    A minute that nobody sampled has no row. Old minutes are rolled up: the row of an hour
    bears the first of its minutes that has a sample, and ``minutes`` says how many it
    stands for.
    """

    #: minutes since 1970-01-01T00:00Z; the key, so that a minute is sampled once
    minute = models.PositiveIntegerField(primary_key=True)
    people = models.PositiveIntegerField()
    connections = models.PositiveIntegerField()
    #: None: the table could not be read
    active = models.PositiveIntegerField(null=True, blank=True)
    #: the highest ``people`` of the minutes that this row stands for
    peak_people = models.PositiveIntegerField()
    minutes = models.PositiveSmallIntegerField(default=1)
    #: made by ``seed_analytics``
    is_demo = models.BooleanField(default=False)

    objects = CountSampleQuerySet.as_manager()

    class Meta:
        verbose_name = "sample"

    def __str__(self) -> str:
        return f"{self.people} people at {self.at:%Y-%m-%d %H:%M} UTC"

    @property
    def at(self) -> datetime:
        """The minute's first moment, in UTC."""
        return datetime.fromtimestamp(60 * self.minute, UTC)


class Activity(models.Model):
    """One activity as it was published. Written by :mod:`landing.activity.publishing` only.

    ``created_at`` is when it happened, in whole ms; ``decided_at`` orders the decisions
    on which of them reach the pages (:mod:`landing.activity.rate_limit`).
    """

    Reach = Reach

    kind = models.CharField(max_length=KIND_LENGTH)
    text = models.CharField(max_length=TEXT_LENGTH)
    #: as it was given; how much of it is shown is a setting
    actor = models.CharField(max_length=ACTOR_LENGTH, blank=True)
    #: for programs; pages never get it
    data = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    #: whoever publishes again with the same one publishes nothing new
    external_id = models.CharField(
        max_length=EXTERNAL_ID_LENGTH, unique=True, null=True, blank=True, editable=False
    )
    is_hidden = models.BooleanField(default=False)
    reach = models.CharField(max_length=8, choices=Reach, default=Reach.WAITING, editable=False)
    #: None: it is not yet decided whether it reaches the pages
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: how many were held back between the last one that reached the pages and this one
    skipped = models.PositiveIntegerField(default=0, editable=False)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "activities"
        indexes = (
            # The API's list, and the admin's, which has the hidden ones too.
            models.Index(fields=("created_at", "id"), name="landing_activity_newest"),
            # What the pages show: a flood that is held back does not lie in the way.
            models.Index(fields=("reach", "created_at", "id"), name="landing_activity_feed"),
            models.Index(fields=("reach", "decided_at"), name="landing_activity_turns"),
            # The admin's filters by what is rare: a few among all.
            models.Index(fields=("kind", "created_at", "id"), name="landing_activity_kinds"),
            models.Index(
                fields=("created_at", "id"),
                name="landing_activity_hidden",
                condition=models.Q(is_hidden=True),
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="landing_activity_reach_is_known",
                condition=models.Q(reach__in=Reach.values),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind}: {self.actor} {self.text}".strip()


class PublishToken(AbstractAPIKey):
    """Lets a service publish activities over REST. Only a hash of it is kept."""

    #: kinds, separated by commas; empty: every kind
    scope = models.CharField(
        max_length=200,
        blank=True,
        help_text="The kinds that it may publish, separated by commas; empty: every kind.",
    )
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(AbstractAPIKey.Meta):
        verbose_name = "token"
        verbose_name_plural = "tokens"

    @property
    def kinds(self) -> list[str]:
        """Those that it may publish; empty: every kind."""
        return [kind.strip() for kind in self.scope.split(",") if kind.strip()]

    def may_publish(self, kind: str) -> bool:
        return not self.kinds or kind in self.kinds
