"""Publish activities, hide them, and show them again.

These are the public names for site code. The modules are ``validation`` (limits of each field),
``rate_limit`` (which activities reach open pages), ``delivery`` (the steps after a commit),
``recent`` (the current feed), ``kinds``, ``text``, ``signups``, and ``tokens``.
"""

from __future__ import annotations

from .moderation import hide, show
from .publishing import apublish, publish

__all__ = ["apublish", "hide", "publish", "show"]
