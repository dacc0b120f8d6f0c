"""The signals of the app, for receivers of the site's own.

``person_joined`` and ``person_left`` are sent with ``visitor`` (the visitor id in
hex, or None) and ``user`` (the primary key as text, or None): exactly one of them
is given. They are sent by the one worker whose report made the change, never during a
resync or while an epoch settles, so they are for reacting, not for counting. Somebody
who signs in leaves as a visitor and joins as a user in the same step.

``activity_published`` is sent with ``activity`` (a :class:`landing.models.Activity`) by the
process that published it, after the commit, whether or not it reached the pages.

Receivers may be synchronous or asynchronous; one that raises is logged, and
nothing else happens.
"""

from __future__ import annotations

from django.dispatch import Signal

person_joined = Signal()
person_left = Signal()
activity_published = Signal()
