"""Signals for receivers of the site.

``person_joined`` and ``person_left`` have two arguments: ``visitor`` is the visitor id in hex,
``user`` is the primary key as text. One of them is always None. Only the worker whose report
changed the count sends them, and not during a resync or while an epoch settles. Use them to
react, not to count. Signing in sends both: the visitor leaves and the user joins.

``activity_published`` has the argument ``activity``, a :class:`landing.models.Activity`. The
publishing process sends it after the commit, whether or not the activity reaches open pages.

Receivers may be synchronous or asynchronous. An exception in a receiver is logged and has no
other effect.
"""

from __future__ import annotations

from django.dispatch import Signal

person_joined = Signal()
person_left = Signal()
activity_published = Signal()
